//! What somebody typed into a search box, and what a post is found by, as words of one kind.
//!
//! Both databases get words that were made here, so that both find the same: letters and digits only, in lower case,
//! Latin letters without their accents.

use std::collections::HashSet;

/// The most words that are looked for at once.
const MOST_WORDS: usize = 8;
/// The longest beginning of a word that counts, in characters.
const LONGEST: usize = 40;

/// Words to look for. Nothing typed is ever syntax to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of `text`, each once. There may be none: an emoji or a quotation mark is no word.
    pub fn of(text: &str) -> Words {
        Words(distinct(text).take(MOST_WORDS).collect())
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

/// What a post with these texts is found by: each of its words once, every one with a space before it. A word that
/// begins with `dark` is in it exactly if ` dark` is.
pub fn index(title: &str, body: &str) -> String {
    let mut index = String::new();
    for word in distinct(&format!("{title}\n{body}")) {
        index.push(' ');
        index.push_str(&word);
    }
    index
}

fn distinct(text: &str) -> impl Iterator<Item = String> {
    let mut seen = HashSet::new();
    text.split(|c: char| !c.is_alphanumeric() && !is_accent(c))
        .map(folded)
        .filter(move |word| !word.is_empty() && seen.insert(word.clone()))
}

/// A mark that changes the letter before it.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn folded(word: &str) -> String {
    let mut folded = String::new();
    for c in word.chars().flat_map(char::to_lowercase).take(LONGEST) {
        match plain(c) {
            "" if is_accent(c) || !c.is_alphanumeric() => {}
            "" => folded.push(c),
            plain => folded.push_str(plain),
        }
    }
    folded
}

/// The letter without its accent, for the Latin letters of European languages; nothing for a letter that stays.
const fn plain(c: char) -> &'static str {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
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

        #[test]
        fn what_a_text_says_it_is_found_by(text in any::<String>()) {
            let index = index("", &text);
            for word in Words::of(&text).as_slice() {
                let found = format!(" {word}");
                prop_assert!(index.contains(&found));
            }
        }
    }
}
