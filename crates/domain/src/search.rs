//! What somebody typed into a search box, as words.

/// The most words that are looked at.
const MOST_WORDS: usize = 8;
/// The longest word that is looked at, in characters.
const LONGEST: usize = 40;

/// Words to look for: letters and digits only, in lower case, so that nothing typed is ever syntax to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of `text`, each once. There may be none: an emoji or a quotation mark is no word.
    pub fn of(text: &str) -> Words {
        let mut words: Vec<String> = Vec::new();
        let parts = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty());
        for part in parts {
            let word = part
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric())
                .take(LONGEST)
                .collect();
            if !words.contains(&word) {
                words.push(word);
            }
            if words.len() == MOST_WORDS {
                break;
            }
        }
        Words(words)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_what_is_left_without_signs() {
        let words = Words::of("Dark-mode \"DARK\" 100% c++ 日本語 İstanbul");
        assert_eq!(
            words.as_slice(),
            ["dark", "mode", "100", "c", "日本語", "istanbul"]
        );
        for nothing in ["", "  ", "🎉", "\"'*%_\\\0()&|!:"] {
            assert!(Words::of(nothing).is_empty(), "{nothing:?}");
        }
        assert_eq!(
            Words::of("a b c d e f g h i j").as_slice().len(),
            MOST_WORDS
        );
    }

    proptest! {
        #[test]
        fn a_word_never_holds_a_sign(text in any::<String>()) {
            for word in Words::of(&text).as_slice() {
                prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric));
            }
        }
    }
}
