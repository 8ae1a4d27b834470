#!/usr/bin/env bash
# snowballstemmer 3.1.1 (PyPI)
# Guess: with teh marbuta written as heh, as search engines fold it, an Arabic noun and its definite form keep one stem.
# Does: takes heh off the bare noun alone; with the article before it, heh stays, so the two are parted.
# Bites: an index that folds teh marbuta before it stems finds `مدينة` in no text that says `المدينة`.
# Seen: one stem of both with teh marbuta, two with heh.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check snowballstemmer==3.1.1
cat > try.py <<'END'
import snowballstemmer
stem = snowballstemmer.stemmer('arabic').stemWord
for bare, definite in [('مدينة', 'المدينة'), ('حكومة', 'الحكومة'), ('قاهرة', 'القاهرة')]:
    heh = [word.replace('ة', 'ه') for word in (bare, definite)]
    kept, parted = stem(bare) == stem(definite), stem(heh[0]) != stem(heh[1])
    print([stem(bare), stem(definite)], [stem(word) for word in heh])
    assert kept and parted, f'changed: {bare}'
END
env/bin/python try.py
