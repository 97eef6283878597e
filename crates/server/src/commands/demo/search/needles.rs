//! Texts to look for, each in every form it may have in something that is kept.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Write as _,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// What is shorter is found by chance.
const SHORTEST: usize = 8;
/// Of a text this long, its end alone is looked for, too: what stood before it may have been overwritten.
const LONG: usize = 48;

/// The strings in every form they may have in a file or in memory; see [`forms`]. ASCII letters count as equal in either
/// case, so that folding hides nothing. One pass over the content finds them all: most bytes are passed over by the first
/// look-up.
pub struct Needles {
    texts: Vec<String>,
    /// By their first four bytes: the rest, whose they are, and which form.
    by_start: HashMap<[u8; 4], Vec<Needle>>,
    /// Which pairs of bytes begin anything.
    begins: Vec<bool>,
    longest: usize,
}

struct Needle {
    rest: Vec<u8>,
    whose: usize,
    form: &'static str,
}

impl Needles {
    /// Prepares to look for these.
    pub fn new(texts: &[String]) -> Needles {
        let mut needles = Needles {
            texts: texts.to_vec(),
            by_start: HashMap::new(),
            begins: vec![false; 1 << 16],
            longest: 0,
        };
        for (whose, text) in texts.iter().enumerate() {
            for (form, mut bytes) in forms(text) {
                bytes.make_ascii_lowercase();
                needles.longest = needles.longest.max(bytes.len());
                if let [a, b, c, d, rest @ ..] = bytes.as_slice()
                    && bytes.len() >= SHORTEST
                {
                    needles.begins[pair(*a, *b)] = true;
                    needles
                        .by_start
                        .entry([*a, *b, *c, *d])
                        .or_default()
                        .push(Needle {
                            rest: rest.to_vec(),
                            whose,
                            form,
                        });
                }
            }
        }
        needles
    }

    /// The strings that these bytes hold.
    pub fn texts_in(&self, content: &[u8]) -> BTreeSet<&str> {
        let found = self.forms_in(content).into_iter();
        found.map(|(whose, _)| self.texts[whose].as_str()).collect()
    }

    /// Which of the strings these bytes hold, by their place in the list, and in which form.
    pub fn forms_in(&self, content: &[u8]) -> BTreeSet<(usize, &'static str)> {
        let content = content.to_ascii_lowercase();
        let mut found = BTreeSet::new();
        for (at, start) in content.windows(4).enumerate() {
            if !self.begins[pair(start[0], start[1])] {
                continue;
            }
            let Some(needles) = self.by_start.get(start) else {
                continue;
            };
            let rest = &content[at + 4..];
            found.extend(
                needles
                    .iter()
                    .filter(|needle| rest.starts_with(&needle.rest))
                    .map(|needle| (needle.whose, needle.form)),
            );
        }
        found
    }

    /// Nothing that is looked for is longer. Who reads in pieces lets them overlap by this.
    pub fn longest(&self) -> usize {
        self.longest
    }
}

fn pair(a: u8, b: u8) -> usize {
    usize::from(a) << 8 | usize::from(b)
}

/// The text as it may stand somewhere: plain, its end alone, in HTML, with the escapes of JSON, with percent signs, in
/// hexadecimal digits, in UTF-16, and in base64 at each of the three places it can begin at, as it is inside of a JWT.
pub fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let plain = text.as_bytes();
    let escaped = json(text);
    let mut forms = vec![
        ("plain", plain.to_vec()),
        ("html", html(text).into_bytes()),
        ("json", escaped.replace('/', "\\/").into_bytes()),
        ("json", escaped.clone().into_bytes()),
        ("json throughout", units(text).into_bytes()),
        ("form", form_encoded(plain).into_bytes()),
        (
            "percent",
            form_encoded(plain).replace('+', "%20").into_bytes(),
        ),
        ("percent throughout", digits(plain, "%").into_bytes()),
        ("hexadecimal", digits(plain, "").into_bytes()),
    ];
    if plain.len() >= LONG {
        forms.push(("its end", plain[plain.len() - LONG / 2..].to_vec()));
    }
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        forms.push(("wide", text.encode_utf16().flat_map(bytes).collect()));
    }
    forms.extend(base64(plain));
    if escaped != text {
        forms.extend(base64(escaped.as_bytes()));
    }
    let mut known = HashSet::new();
    forms.retain(|(_, bytes)| known.insert(bytes.clone()));
    forms
}

/// As our templates write it.
fn html(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if "&<>\"'".contains(c) {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
        out
    })
}

fn form_encoded(bytes: &[u8]) -> String {
    url::form_urlencoded::byte_serialize(bytes).collect()
}

/// Two digits for each byte, with a sign before them.
fn digits(bytes: &[u8], sign: &str) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{sign}{byte:02x}");
        text
    })
}

/// As JSON writes it where everything beyond ASCII is escaped.
fn json(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

/// As JSON may write it, too.
fn units(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        let _ = write!(out, "\\u{unit:04x}");
        out
    })
}

/// The digits that are the same whatever stands before and after, at each of the three places.
fn base64(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        // The first digits mix with what is before, the last with what is after.
        let start = (before * 8).div_ceil(6);
        let end = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let digits = engine.encode(&padded).into_bytes();
            forms.push(("base64", digits[start..end.min(digits.len())].to_vec()));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn found(content: &[u8]) -> bool {
        let texts = [
            "Sunniva Hjelmstad",
            "Bartholomäus Zwickl",
            "/avatar/12345678",
        ];
        let needles = Needles::new(&texts.map(str::to_owned));
        !needles.texts_in(content).is_empty()
    }

    /// Promise 2.4.
    #[test]
    fn a_planted_string_is_found_however_it_is_written() {
        for (how, content) in [
            ("plain", b"\0\x01 Sunniva Hjelmstad \xff".to_vec()),
            ("in lower case", b"sunniva hjelmstad".to_vec()),
            ("beyond ASCII", "Bartholomäus Zwickl".into()),
            (
                "in JSON with escapes",
                br#"{"name":"Bartholom\u00e4us Zwickl"}"#.to_vec(),
            ),
            (
                "in JSON with slashes",
                br#""https:\/\/x.example\/avatar\/12345678""#.to_vec(),
            ),
            (
                "in JSON throughout",
                units("Sunniva Hjelmstad")
                    .to_uppercase()
                    .replace("\\U", "\\u")
                    .into(),
            ),
            ("in a form", b"?name=Sunniva+Hjelmstad&x=1".to_vec()),
            ("in an address", b"?name=Sunniva%20Hjelmstad&x=1".to_vec()),
            (
                "with percent signs throughout",
                digits(b"Sunniva Hjelmstad", "%").to_uppercase().into(),
            ),
            (
                "in hexadecimal digits",
                digits(b"Sunniva Hjelmstad", "").into(),
            ),
            (
                "in UTF-16",
                "xSunniva Hjelmstad"
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect(),
            ),
            (
                "in a JWT, with escapes",
                format!(
                    "eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmVk",
                    URL_SAFE_NO_PAD.encode(br#"{"sub":"Bartholom\u00e4us Zwickl"}"#)
                )
                .into(),
            ),
        ] {
            assert!(found(&content), "{how}");
        }
        for before in ["", "a", "ab", "abc"] {
            let digits = STANDARD.encode(format!("{before}Sunniva Hjelmstad!"));
            assert!(found(digits.as_bytes()), "in base64 after {before:?}");
        }
        assert!(!found(b"Sunniva Somebodyelse"), "and nothing else");
    }

    #[test]
    fn what_templates_escape_and_the_end_of_something_long_are_found() {
        let texts = [
            "Aoife O'Hanrahan <x>".to_owned(),
            "a".repeat(20) + &"0123456789".repeat(3),
        ];
        let needles = Needles::new(&texts);
        let found = needles.forms_in(b"<p>Aoife O&#39;Hanrahan &#60;x&#62;</p>");
        assert_eq!(found, BTreeSet::from([(0, "html")]));
        let found = needles.forms_in(b"zzzzzzzz678901234567890123456789");
        assert_eq!(found, BTreeSet::from([(1, "its end")]));
    }
}
