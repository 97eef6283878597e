//! `upvow.toml`: the same names as the environment, in lower case and without `UPVOW_`.

use std::path::Path;

use super::given::{Given, SETTINGS};

/// Reads the file. Gives what it says and what is wrong with it, all at once; values are never repeated.
pub(super) fn read(path: &Path, in_data_dir: bool) -> (Given, Vec<String>) {
    let name = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let problem = format!(
                "{name} cannot be read ({}). Make it readable for the user upvow runs as.",
                error.kind()
            );
            return (Given::default(), vec![problem]);
        }
    };
    let Ok(table) = text.parse::<toml::Table>() else {
        // The parser's own message would quote the line, which may hold a secret.
        let problem = format!(
            "{name} is not TOML. Write one setting per line, like: listen = \"127.0.0.1:8080\""
        );
        return (Given::default(), vec![problem]);
    };
    let mut problems = Vec::new();
    let mut known = toml::Table::new();
    for (key, value) in table {
        if !SETTINGS.iter().any(|setting| setting.key == key) {
            problems.push(format!("{name} has the unknown key `{key}`{}", near(&key)));
        } else if key == "data_dir" && in_data_dir {
            problems.push(format!("{name} sets `data_dir` from inside the data folder. Remove the line, or name the file with --config."));
        } else if let Some(text) = as_text(&value).or_else(|| as_terms(&value)) {
            known.insert(key, toml::Value::String(text));
        } else {
            problems.push(format!(
                "{name}: `{key}` is to be a text in quotation marks."
            ));
        }
    }
    let given = toml::Value::Table(known)
        .try_into()
        .expect("every key is known and every value a text");
    (given, problems)
}

/// Lists may be written as lists; switches as `true` and `false`.
fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        toml::Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            Some(items?.join(","))
        }
        _ => None,
    }
}

/// `[retention]` with a line for each term is what `retention = "signals=3d,logs=48h"` is.
fn as_terms(value: &toml::Value) -> Option<String> {
    let lines: Option<Vec<String>> = value
        .as_table()?
        .iter()
        .map(|(kind, term)| Some(format!("{kind}={}", term.as_str()?)))
        .collect();
    Some(lines?.join(","))
}

fn near(key: &str) -> String {
    let plain = key.to_lowercase().replace('-', "_");
    let plain = plain.trim_start_matches("upvow_");
    SETTINGS
        .iter()
        .find(|setting| {
            setting.key == plain || setting.key.starts_with(plain) || plain.starts_with(setting.key)
        })
        .map_or_else(
            || ". Remove it, or see `upvow serve --help` for the names.".to_owned(),
            |setting| format!("; did you mean `{}`?", setting.key),
        )
}
