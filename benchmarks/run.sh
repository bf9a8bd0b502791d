#!/usr/bin/env bash
# Every benchmark, one after another; results go to benchmarks/results as JSON. About ten hours on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-../shared/data}
if ! command -v wrk >/dev/null 2>&1; then
  sudo=""; [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -qq && $sudo apt-get install -y -qq wrk >/dev/null
fi
if [ ! -x .venv-peers/bin/python ]; then
  python3 -m venv .venv-peers
  .venv-peers/bin/pip install -q litserve bentoml onnxruntime numpy tensorflow-cpu keras jax pillow
fi
if [ ! -x .venv-automl/bin/python ]; then
  python3 -m venv .venv-automl
  .venv-automl/bin/pip install -q 'flaml[automl]' 'autogluon.tabular[lightgbm,catboost,xgboost,fastai,tabm]==1.6.0'
  .venv-automl/bin/pip install -q --no-deps 'xgboost>=3.1'  # FLAML asks for 2.1, which today's scikit-learn breaks in AutoGluon
fi
if [ ! -x .venv-probes/bin/python ]; then
  python3 -m venv .venv-probes
  .venv-probes/bin/pip install -q litserve bentoml mlflow scikit-learn
fi
python=$PWD/.venv/bin/python
cd benchmarks
"$python" serve.py --peers ../.venv-peers/bin/python
"$python" threads.py
"$python" report.py
"$python" speed.py "../$data/pmlb"
"$python" learn_forecast.py "../$data"
"$python" prior.py "../$data"
"$python" pmlb.py "../$data/pmlb"
dpkg -s dataset-fashion-mnist >/dev/null 2>&1 || { apt-get install -y -qq dataset-fashion-mnist >/dev/null; }
"$python" media.py "../$data"
"$python" gate_media.py "../$data"
"$python" media_curves.py
"$python" cost.py "../$data"
"$python" replay.py "../$data"
"$python" first.py "../$data" --peers ../.venv-peers/bin/python
"$python" tuning.py "../$data"
"$python" tabular_nets.py "../$data/pmlb" --rows 1000
"$python" calibration.py "../$data"
"$python" encodings.py
"$python" demo.py
"$python" automl.py "../$data/pmlb" --peers ../.venv-automl/bin/python
"$python" recommend.py "../$data"
"$python" support_clinc.py "../$data"
"$python" support_zh.py "../$data"
"$python" support_desk.py
"$python" stability.py "../$data/pmlb" --minutes 1
"$python" stability.py "../$data/pmlb" --minutes 5 --loops 0
"$python" served_row.py
"$python" hostile.py
"$python" probes.py --peers ../.venv-probes/bin/python
"$python" kills.py
"$python" support_kills.py
"$python" support_load.py
now=$(mktemp -d)/recorded-builds.json
"$python" recorded_builds.py record --output "$now"
"$python" recorded_builds.py compare results/recorded-builds.json "$now"  # last, for it ends with 1 where a verdict differs
