"""Which form a company's data have, told by their content more than by their names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.core.types import Need, Table
from breakeven.scenarios.support.sources import botpress
from breakeven.scenarios.support.sources.chat_log import (
    conversations,
    is_log,
    json_values,
    read_conversations,
    read_log,
)
from breakeven.scenarios.support.sources.dialogflow import is_dialogflow, read_dialogflow
from breakeven.scenarios.support.sources.document_files import Documents, open_documents
from breakeven.scenarios.support.sources.faq import is_faq, read_faq
from breakeven.scenarios.support.sources.question_table import read_table
from breakeven.scenarios.support.sources.rasa import is_rasa, read_rasa
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out

#: Responses of a Rasa project stand in a file of this name, beside its questions or one folder above.
_DOMAINS = ("domain.yml", "domain.yaml")


def read_source(need: Need, table: Table | None = None) -> SourceContent:
    """The brief's data in whatever form. Raises InputError naming file, place and remedy."""
    if table is not None or need.database is not None:
        return read_table(need, table)
    path = Path(need.data) if Path(need.data).is_absolute() else need.folder / need.data
    return read_path(path.resolve(), need)


def read_path(path: Path, need: Need) -> SourceContent:
    """A file, a folder or a zip archive."""
    if "#" in path.name and not path.exists():
        return read_table(need)  # a sheet of a workbook
    if not path.exists():
        raise InputError(str(path), "there is no such file or folder", "check 'data' in product.yaml")
    kind = path.suffix.lower().lstrip(".")
    if path.is_dir() or kind == "zip":
        return _folder(open_documents(path, need.encoding))
    if kind in ("yml", "yaml"):
        return read_rasa(_with_domain(path, open_documents(path, need.encoding)))
    if kind in ("md", "markdown", "html", "htm"):
        documents = open_documents(path, need.encoding)
        return read_rasa(documents) if is_rasa(documents.texts[""]) else read_faq(documents)
    if kind in ("json", "jsonl", "ndjson"):
        return _json(open_documents(path, need.encoding), need)
    if kind == "txt":
        return _text(open_documents(path, need.encoding), need)
    return read_table(need)


def _folder(documents: Documents) -> SourceContent:
    if is_dialogflow(documents):
        return read_dialogflow(documents)
    if any(is_rasa(text) for _, text in documents.ending("yml", "yaml", "md", "json")):
        return read_rasa(documents)
    pages = dict(documents.ending("md", "markdown", "html", "htm"))
    if pages:
        return read_faq(Documents(documents.root, pages, documents.unopened))
    kinds = Counter(name.rpartition(".")[2].lower() for name in documents.texts)
    what = f"it holds {', '.join(f'{n:,} .{kind}' for kind, n in kinds.most_common(4))}, and no project, export or help pages that are known"
    raise InputError(documents.root, what, "name one file, such as data: questions.csv")


def _with_domain(path: Path, documents: Documents) -> Documents:
    """The file with its project's responses, where it has none itself."""
    text = documents.texts[""]
    if "responses:" in text or path.name in _DOMAINS:
        return documents
    for folder in (path.parent, path.parent.parent):
        for name in _DOMAINS:
            if (folder / name).is_file():
                rules = [folder / "data" / f"{kind}.yml" for kind in ("rules", "stories")]
                beside = {str(one): open_documents(one).texts[""] for one in (folder / name, *rules) if one.is_file()}
                return Documents(documents.root, {"": text, **beside}, documents.unopened)
    return documents


def _json(documents: Documents, need: Need) -> SourceContent:
    text = documents.texts[""]
    if "rasa_nlu_data" in text[:10_000]:
        return read_rasa(documents)
    if is_dialogflow(documents):
        return read_dialogflow(documents)
    values = json_values(text)
    if values is not None and (exported := botpress.entries(values)):
        return botpress.read_botpress(exported, documents.root)
    found = conversations(values) if values is not None else None
    if found is not None and not _is_flat(values):
        return read_conversations(found, documents.root)
    return read_table(need)


def _is_flat(values: list[object] | None) -> bool:
    """Whether JSON is a table of messages, one a row: it is read as one, with its columns."""
    rows = values[0] if values and len(values) == 1 and isinstance(values[0], list) else values
    return isinstance(rows, list) and all(
        isinstance(r, dict) and not any(isinstance(v, list | dict) for v in r.values()) for r in rows
    )


def _text(documents: Documents, need: Need) -> SourceContent:
    """A chat log, a FAQ, a table with delimiters, or one question a line."""
    text = documents.texts[""]
    if is_log(text):
        return read_log(text, documents.root)
    first = text.lstrip().partition("\n")[0]
    if "\t" in first or (first.count(",") and not first.rstrip().endswith((".", "?", "!"))):
        return read_table(need)
    if is_faq(text):
        return read_faq(documents)
    lines = [(i, line.strip()) for i, line in enumerate(text.splitlines(), 1)]
    found = tuple(Utterance(line, line=i) for i, line in lines if line)
    if not found:
        raise InputError(documents.root, "the file is empty", "write one question a line")
    return SourceContent(
        found, findings=left_out("questions", "lines are taken as one question each", "without topics", len(found))
    )
