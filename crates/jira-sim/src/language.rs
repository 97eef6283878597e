//! Jira says the names of statuses and categories in the language of whoever asks. A name somebody made up is said as it is.

/// A language this simulator can speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    German,
    Japanese,
}

/// English, German, Japanese.
const NAMES: &[[&str; 3]] = &[
    ["To Do", "Zu erledigen", "To Do(未着手)"],
    ["In Progress", "In Arbeit", "進行中"],
    ["In Review", "Wird überprüft", "レビュー中"],
    ["Done", "Fertig", "完了"],
    ["No Category", "Keine Kategorie", "カテゴリなし"],
];

impl Language {
    /// The first of an `Accept-Language` header that is spoken here; also reads a plain `de` or `de_DE`.
    pub(crate) fn named(header: &str) -> Option<Self> {
        header.split(',').find_map(|part| {
            let tag = part.trim().split([';', '-', '_']).next()?;
            match tag.to_ascii_lowercase().as_str() {
                "en" => Some(Self::English),
                "de" => Some(Self::German),
                "ja" => Some(Self::Japanese),
                _ => None,
            }
        })
    }

    pub(crate) fn locale(self) -> &'static str {
        match self {
            Self::English => "en_GB",
            Self::German => "de_DE",
            Self::Japanese => "ja_JP",
        }
    }

    pub(crate) fn say(self, name: &str) -> &str {
        let row = NAMES.iter().find(|row| row[0] == name);
        match (row, self) {
            (None, _) | (_, Self::English) => name,
            (Some(row), Self::German) => row[1],
            (Some(row), Self::Japanese) => row[2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_translated_and_others_left_alone() {
        let german = Language::named("fr, de-CH;q=0.8").expect("German is spoken");
        assert_eq!(german.say("Done"), "Fertig");
        assert_eq!(german.say("Shipped"), "Shipped");
        assert_eq!(Language::named("fr"), None);
    }
}
