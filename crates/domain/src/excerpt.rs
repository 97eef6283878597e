//! The first words of a Markdown text, without the signs that shape it.

/// How long an excerpt is at most, in characters.
pub const LENGTH: usize = 200;

/// The text's beginning as one line of plain text, at most [`LENGTH`] characters; a cut ends in `…`. It may be given
/// only the beginning of the text. Close to what a reader sees, not a parser: what it gives is always shown as text.
pub fn excerpt(markdown: &str) -> String {
    let mut plain = String::new();
    let mut in_code = false;
    for line in markdown.lines() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        if in_code {
            plain.push_str(line);
        } else {
            without_signs(without_marker(line), &mut plain);
        }
    }
    cut(&plain)
}

/// A line without the heading, quotation or list sign it begins with.
fn without_marker(line: &str) -> &str {
    let line = line.trim_start_matches(['#', '>', ' ']);
    if line.chars().all(|c| "-=*_ ".contains(c)) {
        return "";
    }
    if let Some(rest) = ["- ", "* ", "+ "].iter().find_map(|m| line.strip_prefix(m)) {
        return rest;
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match &line[digits..] {
        rest if digits > 0 && digits < 4 => rest
            .strip_prefix(". ")
            .or_else(|| rest.strip_prefix(") "))
            .unwrap_or(line),
        _ => line,
    }
}

/// The line's words: links become their text, tags and signs of emphasis go.
fn without_signs(line: &str, plain: &mut String) {
    let mut rest = line;
    while let Some(sign) = rest.find(['\\', '[', '!', '<', '*', '_', '`', '~']) {
        plain.push_str(&rest[..sign]);
        let from = &rest[sign..];
        rest = if let Some(escaped) = from.strip_prefix('\\') {
            let mut chars = escaped.chars();
            plain.extend(chars.next());
            chars.as_str()
        } else if let Some((text, after)) = link(from) {
            without_signs(text, plain);
            after
        } else if let Some(after) = tag(from) {
            after
        } else {
            let mut chars = from.chars();
            let sign = chars.next().unwrap_or_default();
            let inside_word = sign == '_'
                && plain.ends_with(char::is_alphanumeric)
                && chars.as_str().starts_with(char::is_alphanumeric);
            if "[!<".contains(sign) || inside_word {
                plain.push(sign);
            }
            chars.as_str()
        };
    }
    plain.push_str(rest);
}

/// `[text](address)` or `![text](address)`: the text, and what follows.
fn link(from: &str) -> Option<(&str, &str)> {
    let inner = from.strip_prefix('!').unwrap_or(from).strip_prefix('[')?;
    let (text, after) = inner.split_once("](")?;
    if text.contains('[') {
        return None;
    }
    Some((text, after.split_once(')').map_or("", |(_, after)| after)))
}

/// What follows a tag or an address in angle brackets.
fn tag(from: &str) -> Option<&str> {
    let inner = from.strip_prefix('<')?;
    let opens = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let (_, after) = inner.split_once('>').filter(|_| opens)?;
    Some(after)
}

/// One line of at most [`LENGTH`] characters, cut between words where there are any.
fn cut(plain: &str) -> String {
    let plain = plain
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let Some((end, _)) = plain.char_indices().nth(LENGTH) else {
        return plain;
    };
    let (last, _) = plain.char_indices().nth(LENGTH - 1).unwrap_or((end, ' '));
    let kept = &plain[..last];
    let kept = match kept.rfind(' ') {
        // A text without spaces is cut where it must be.
        Some(space) if space > kept.len() / 2 => &kept[..space],
        _ => kept,
    };
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn signs_go_and_words_stay() {
        let text = "# Why\n\n> It is **too** bright, _really_: see [the talk](https://x.example/a) ![eyes](e.png).\n\
                    - use `snake_case` \\*here\\*\n2. 1 < 2 <b>bold</b>\n---\n```rust\nlet a = *b;\n```\n";
        assert_eq!(
            excerpt(text),
            "Why It is too bright, really: see the talk eyes. use snake_case *here* 1 < 2 bold let a = *b;"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let cut = excerpt(&"wörter ".repeat(60));
        assert!(
            cut.ends_with("wörter…") && cut.chars().count() <= LENGTH,
            "{cut}"
        );
        assert_eq!(excerpt(&"ä".repeat(300)).chars().count(), LENGTH);
        assert_eq!(excerpt(&"ä".repeat(200)), "ä".repeat(200));
    }

    proptest! {
        #[test]
        fn anything_gives_one_short_line(text in any::<String>()) {
            let line = excerpt(&text);
            prop_assert!(line.chars().count() <= LENGTH);
            prop_assert!(!line.chars().any(char::is_control));
        }

        #[test]
        fn signs_in_any_mix_do_no_harm(text in "[a\\[\\]()<>!*_`~#>\\-\\\\\n é]{0,300}") {
            prop_assert!(excerpt(&text).chars().count() <= LENGTH);
        }
    }
}
