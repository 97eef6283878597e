//! The ledger holds together: text, rows, code, checks and tests know of each other, and what does not is noticed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use upvow_app::privacy::{
    promises::{
        Section, addendum, checks,
        ledger::{self, Promise},
    },
    registry,
    retention::Terms,
};

use super::checks::PLANTS;

/// Everything that has to fit together.
struct Whole {
    sections: Vec<Section>,
    promises: Vec<Promise>,
    /// Which tests name which promise.
    tests: BTreeMap<String, BTreeSet<String>>,
    checks: Vec<String>,
    planted: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn whole() -> Whole {
    let mut tests = BTreeMap::new();
    gather(&root().join("crates"), &mut tests);
    Whole {
        sections: addendum::template().to_vec(),
        promises: ledger::promises().to_vec(),
        tests,
        checks: checks::ALL.iter().map(|c| c.name.to_owned()).collect(),
        planted: PLANTS.iter().map(|p| p.check.to_owned()).collect(),
    }
}

/// Reads every `/// Promise 5.2, 5.3.` in the sources, with the function below it.
fn gather(folder: &Path, tests: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, tests);
        } else if path.extension().is_some_and(|end| end == "rs") {
            name_promises(&fs::read_to_string(&path).unwrap(), tests);
        }
    }
}

fn name_promises(source: &str, tests: &mut BTreeMap<String, BTreeSet<String>>) {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(ids) = line.strip_prefix("/// Promise ") else {
            continue;
        };
        let named = lines[at..].iter().take(12).find_map(|line| {
            let after = line.split_once("fn ")?.1;
            Some(after.split(['(', '<']).next()?.to_owned())
        });
        let test = named.unwrap_or_default();
        for part in ids.split(',') {
            // After the ids there may be words.
            let mut words = part.split_whitespace();
            let id = words.next().unwrap_or_default().trim_end_matches('.');
            if !id.chars().all(|c| c.is_ascii_digit() || c == '.') {
                break;
            }
            let of = tests.entry(id.to_owned()).or_default();
            of.insert(test.clone());
            if words.next().is_some() {
                break;
            }
        }
    }
}

/// All that does not fit.
fn problems(whole: &Whole) -> Vec<String> {
    let mut found = Vec::new();
    let sentences: Vec<_> = whole.sections.iter().flat_map(|s| &s.sentences).collect();
    for section in &whole.sections {
        let own = format!("{}.", section.number);
        for sentence in &section.sentences {
            if !sentence.id.starts_with(&own) {
                found.push(format!("{} stands in another section", sentence.id));
            }
        }
    }
    for sentence in &sentences {
        let rows: Vec<_> = whole
            .promises
            .iter()
            .filter(|p| p.id == sentence.id)
            .collect();
        match rows[..] {
            [] => found.push(format!("sentence {} has no row", sentence.id)),
            [row] if row.sentence != sentence.hash() => found.push(format!(
                "sentence {} was changed; its row says {}, it is {}",
                sentence.id,
                row.sentence,
                sentence.hash()
            )),
            [_] => {}
            _ => found.push(format!("sentence {} has several rows", sentence.id)),
        }
        let tests = whole.tests.get(&sentence.id);
        if tests.is_none_or(|tests| tests.iter().all(String::is_empty)) {
            found.push(format!("no test holds up {}", sentence.id));
        }
    }
    for row in &whole.promises {
        if sentences.iter().all(|s| s.id != row.id) {
            found.push(format!("row {} has no sentence", row.id));
        }
        if !root().join(&row.code).is_file() {
            found.push(format!("{}: there is no {}", row.id, row.code));
        }
        if row.mechanism.split_whitespace().count() < 6 {
            found.push(format!("{}: the mechanism says nothing", row.id));
        }
        if !whole.checks.contains(&row.check) {
            found.push(format!("{}: there is no check {}", row.id, row.check));
        }
    }
    for id in whole.tests.keys() {
        if sentences.iter().all(|s| s.id != *id) {
            found.push(format!("a test names {id}, which nobody promised"));
        }
    }
    for check in &whole.checks {
        if !whole.planted.contains(check) {
            found.push(format!("nobody saw the check {check} fail"));
        }
        if whole.promises.iter().all(|row| row.check != *check) {
            found.push(format!("the check {check} is for no promise"));
        }
    }
    // A line that was joined or split would otherwise go unseen.
    let marks = addendum::TEXT.matches("{#").count();
    if marks
        != addendum::template()
            .iter()
            .map(|s| s.sentences.len())
            .sum::<usize>()
    {
        found.push("a sentence of the file is not read".to_owned());
    }
    let unmarked = addendum::TEXT
        .lines()
        .filter(|line| line.starts_with("- ") && !line.starts_with("- {#"));
    found.extend(unmarked.map(|line| format!("a sentence without an id: {line}")));
    found
}

/// Promise 8.2, 9.8.
#[test]
fn every_sentence_has_a_mechanism_a_test_and_a_check_that_can_fail() {
    let found = problems(&whole());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Promise 9.8.
#[test]
fn a_ledger_that_does_not_hold_together_is_noticed() {
    let spoilt = |spoil: fn(&mut Whole), words: &str| {
        let mut one = whole();
        spoil(&mut one);
        let found = problems(&one);
        assert!(found.iter().any(|what| what.contains(words)), "{words}");
    };
    spoilt(|w| drop(w.tests.remove("5.2")), "no test holds up 5.2");
    spoilt(
        |w| name_promises("/// Promise 5.9, 99.1.\nfn x() {}", &mut w.tests),
        "a test names 99.1",
    );
    spoilt(|w| drop(w.promises.remove(0)), "sentence 1.1 has no row");
    spoilt(
        |w| w.sections[4].sentences.clear(),
        "row 5.1 has no sentence",
    );
    spoilt(
        |w| w.sections[4].sentences[0].text.push('!'),
        "sentence 5.1 was changed",
    );
    spoilt(
        |w| w.promises[3].code = "crates/gone.rs".to_owned(),
        "there is no crates/gone.rs",
    );
    spoilt(
        |w| w.promises[3].check = "nothing".to_owned(),
        "there is no check nothing",
    );
    spoilt(|w| w.planted.clear(), "nobody saw the check");
    spoilt(|w| w.promises[3].mechanism.clear(), "says nothing");
    spoilt(
        |w| w.sections[4].sentences[0].id = "6.9".to_owned(),
        "another section",
    );
}

/// The table of what is held in the manual for privacy officers is the registry's own.
///
/// Promise 1.1, 5.9.
#[test]
fn the_manual_tells_what_the_registry_holds() {
    let manual = fs::read_to_string(root().join("docs/PRIVACY.md")).unwrap();
    let told = manual
        .split_once("<!-- registry -->\n")
        .and_then(|(_, rest)| rest.split_once("<!-- /registry -->"))
        .unwrap()
        .0;
    let mut rows: Vec<(&str, String, String, Vec<&str>)> = Vec::new();
    for entry in registry::entries(&Terms::default()) {
        let whose = entry.whose.join(", ");
        match rows
            .iter_mut()
            .find(|row| row.0 == entry.title && row.2 == entry.kept)
        {
            Some(row) if row.3.contains(&entry.category) => {}
            Some(row) => row.3.push(entry.category),
            None => rows.push((entry.title, whose, entry.kept, vec![entry.category])),
        }
    }
    let head = "| What | Whose | Of which kind | Kept |\n| --- | --- | --- | --- |\n".to_owned();
    let wanted = rows.iter().fold(head, |text, (title, whose, kept, kinds)| {
        let kinds = kinds.join(", ");
        format!("{text}| {title} | {whose} | {kinds} | {kept} |\n")
    });
    assert_eq!(told, wanted, "put this into docs/PRIVACY.md:\n{wanted}");
}
