//! Comma-separated values as RFC 4180 has them, read leniently and written strictly.

/// A line of fields. What a spreadsheet would take for a formula is defused with an apostrophe, which [`read`] takes
/// away again.
pub(super) fn line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(field).collect();
    format!("{}\r\n", fields.join(","))
}

fn field(text: &str) -> String {
    let defused = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if defused.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", defused.replace('"', "\"\""))
    } else {
        defused
    }
}

/// The lines of a text, each with the number of the line it begins on. Empty lines are passed over. Commas or
/// semicolons part fields, whichever comes first: spreadsheets of half the world write semicolons.
pub(super) fn read(text: &str) -> Vec<(usize, Vec<String>)> {
    let text = text.trim_start_matches('\u{feff}');
    let comma = text
        .chars()
        .find(|c| matches!(c, ',' | ';' | '\n'))
        .filter(|c| *c == ';')
        .unwrap_or(',');
    let mut lines = vec![];
    let (mut number, mut began) = (1, 1);
    let (mut fields, mut field) = (vec![], String::new());
    let mut quoted = false;
    let mut letters = text.chars().chain(['\n']).peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            number += 1;
        }
        let is_end = letters.peek().is_none();
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            letter if letter == comma && !quoted => fields.push(plain(&std::mem::take(&mut field))),
            '\n' if !quoted || is_end => {
                fields.push(plain(&std::mem::take(&mut field)));
                let done = std::mem::take(&mut fields);
                if done.iter().any(|field| !field.is_empty()) {
                    lines.push((began, done));
                }
                began = number;
            }
            letter => field.push(letter),
        }
    }
    lines
}

/// A field without the space around it and without the apostrophe that defused it.
fn plain(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let fields = [
            "plain",
            "a,b",
            "say \"hi\"",
            "two\nlines",
            "=1+1",
            "-x",
            "ä 🎉",
            "",
        ];
        let written = line(fields);
        assert_eq!(read(&written), [(1, fields.map(str::to_owned).to_vec())]);
    }

    #[test]
    fn no_field_is_a_formula() {
        let written = line(["=HYPERLINK(\"http://evil\")", "@x", "+1", "\tx", "a=b"]);
        assert_eq!(
            written,
            "\"'=HYPERLINK(\"\"http://evil\"\")\",'@x,'+1,'\tx,a=b\r\n"
        );
    }

    #[test]
    fn other_programs_files_are_read() {
        let read = read("\u{feff}post;issue\r\n\r\n\"a\nb\"; DEMO-1 \nlast;\"open");
        let wanted = [
            (1, ["post", "issue"]),
            (3, ["a\nb", "DEMO-1"]),
            (5, ["last", "open"]),
        ];
        let wanted = wanted.map(|(at, fields)| (at, fields.map(str::to_owned).to_vec()));
        assert_eq!(read, wanted);
    }
}
