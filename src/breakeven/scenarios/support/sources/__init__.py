"""What companies have: tables of questions, chat logs, FAQs, help pages, exports of Rasa and Dialogflow, and the book of answers."""

from breakeven.scenarios.support.sources.reading import read_material

__all__ = ["read_material"]
