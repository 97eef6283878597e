//! The little of HTML that a person without JavaScript uses: text, links, forms. It reads what our pages and the simulator
//! write; it is no parser for the web.

/// A form as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where to.
    pub action: String,
    /// By POST; otherwise by GET.
    pub is_post: bool,
    /// Every control, in order.
    pub controls: Vec<Control>,
}

/// A control of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Its name; empty if it sends nothing.
    pub name: String,
    /// What it would send.
    pub value: String,
    /// What it is.
    pub kind: Kind,
    /// The text next to it, up to the next control.
    pub text: String,
}

/// What a control is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Sends its value: text, hidden, textarea.
    Value,
    /// Sends its value if it is on: checkbox.
    Check {
        /// Whether it is on.
        on: bool,
    },
    /// Of those with one name, sends the one that is on.
    Radio {
        /// Whether it is on.
        on: bool,
    },
    /// Sends the chosen option; each with its value and text.
    Select(Vec<(String, String)>),
    /// Sends its value if it is pressed; may lead elsewhere.
    Button {
        /// The form's action, if this button has its own.
        action: Option<String>,
    },
}

/// A piece of a page.
enum Piece<'a> {
    Text(&'a str),
    Open {
        name: String,
        attributes: Vec<(String, String)>,
    },
    Close(String),
}

fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let end = tag_end(rest);
        let tag = &rest[1..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if let Some(name) = tag.strip_prefix('/') {
            pieces.push(Piece::Close(name.trim().to_ascii_lowercase()));
        } else {
            let split = tag
                .find(|c: char| c.is_whitespace() || c == '/')
                .unwrap_or(tag.len());
            let name = tag[..split].to_ascii_lowercase();
            // What is inside these is no page.
            if name == "script" || name == "style" {
                let close = format!("</{name}");
                rest = rest.find(&close).map_or("", |at| &rest[at..]);
            }
            pieces.push(Piece::Open {
                name,
                attributes: attributes(&tag[split..]),
            });
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the `>` of a tag is; one in quotes is none.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn attributes(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_matches(|c: char| c.is_whitespace() || c == '/');
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let (raw, left) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    after[1..].split_once(quote).unwrap_or((&after[1..], ""))
                }
                _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
            value = unescape(raw);
            rest = left;
        }
        if !name.is_empty() {
            found.push((name, value));
        }
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
    }
    found
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest
            .find(';')
            .filter(|end| *end <= 10)
            .map(|end| &rest[1..end]);
        let c = entity.and_then(|entity| match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            _ => {
                let number = entity.strip_prefix('#')?;
                let code = number.strip_prefix(['x', 'X']).map_or_else(
                    || number.parse().ok(),
                    |hex| u32::from_str_radix(hex, 16).ok(),
                );
                char::from_u32(code?)
            }
        });
        if let (Some(c), Some(entity)) = (c, entity) {
            out.push(c);
            rest = &rest[entity.len() + 2..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The page's words, one space between.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    for piece in pieces(html) {
        match piece {
            Piece::Text(part) => text.push_str(&unescape(part)),
            Piece::Open { .. } | Piece::Close(_) => text.push(' '),
        }
    }
    words(&text)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the page's links lead, with their texts.
pub fn links(html: &str) -> Vec<(String, String)> {
    let mut links: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, attributes } if name == "a" => {
                is_open = true;
                links.push((get(&attributes, "href").unwrap_or_default(), String::new()));
            }
            Piece::Close(name) if name == "a" => is_open = false,
            Piece::Text(part) if is_open => {
                if let Some((_, text)) = links.last_mut() {
                    *text = words(&format!("{text} {}", unescape(part)));
                }
            }
            _ => {}
        }
    }
    links
}

fn get(attributes: &[(String, String)], name: &str) -> Option<String> {
    attributes
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
}

/// The page's forms. A control outside of its form counts by its `form` attribute.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut open = None;
    let mut strays: Vec<(String, Control)> = Vec::new();
    let mut last: Option<Spot> = None;
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, attributes } if name == "form" => {
                let is_post = get(&attributes, "method")
                    .is_some_and(|method| method.eq_ignore_ascii_case("post"));
                forms.push(Form {
                    action: get(&attributes, "action").unwrap_or_default(),
                    is_post,
                    controls: Vec::new(),
                });
                ids.push(get(&attributes, "id").unwrap_or_default());
                (open, last) = (Some(forms.len() - 1), None);
            }
            Piece::Close(name) if name == "form" => (open, last) = (None, None),
            Piece::Open { name, attributes } => {
                let Some(control) = control(&name, &attributes) else {
                    if name == "option" {
                        add_option(&mut forms, &mut strays, last, &attributes);
                    }
                    continue;
                };
                let owner =
                    get(&attributes, "form").or_else(|| open.map(|at: usize| format!("#{at}")));
                match owner {
                    Some(owner) if owner.starts_with('#') => {
                        let at = open.unwrap_or_default();
                        forms[at].controls.push(control);
                        last = Some(Spot::In(at, forms[at].controls.len() - 1));
                    }
                    Some(owner) => {
                        strays.push((owner, control));
                        last = Some(Spot::Stray(strays.len() - 1));
                    }
                    None => last = None,
                }
            }
            Piece::Text(part) => add_text(&mut forms, &mut strays, last, &unescape(part)),
            Piece::Close(name) if name == "select" || name == "textarea" || name == "button" => {
                if let Some(control) = at(&mut forms, &mut strays, last) {
                    settle(control, &name);
                }
                if name != "select" {
                    last = None;
                }
            }
            Piece::Close(_) => {}
        }
    }
    for (owner, control) in strays {
        if let Some(at) = ids.iter().position(|id| *id == owner) {
            forms[at].controls.push(control);
        }
    }
    forms
}

#[derive(Clone, Copy)]
enum Spot {
    In(usize, usize),
    Stray(usize),
}

fn at<'a>(
    forms: &'a mut [Form],
    strays: &'a mut [(String, Control)],
    spot: Option<Spot>,
) -> Option<&'a mut Control> {
    match spot? {
        Spot::In(form, control) => forms.get_mut(form)?.controls.get_mut(control),
        Spot::Stray(stray) => strays.get_mut(stray).map(|(_, control)| control),
    }
}

fn control(tag: &str, attributes: &[(String, String)]) -> Option<Control> {
    let has = |name: &str| attributes.iter().any(|(known, _)| known == name);
    let name = if has("disabled") {
        String::new()
    } else {
        get(attributes, "name").unwrap_or_default()
    };
    let value = get(attributes, "value");
    let button = || Kind::Button {
        action: get(attributes, "formaction"),
    };
    let (kind, value) = match tag {
        "textarea" => (Kind::Value, String::new()),
        "select" => (Kind::Select(Vec::new()), String::new()),
        "button" => (button(), value.unwrap_or_default()),
        "input" => match get(attributes, "type")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "checkbox" => (
                Kind::Check { on: has("checked") },
                value.unwrap_or_else(|| "on".to_owned()),
            ),
            "radio" => (
                Kind::Radio { on: has("checked") },
                value.unwrap_or_else(|| "on".to_owned()),
            ),
            "submit" => (button(), value.unwrap_or_default()),
            _ => (Kind::Value, value.unwrap_or_default()),
        },
        _ => return None,
    };
    Some(Control {
        name,
        value,
        kind,
        text: String::new(),
    })
}

fn add_option(
    forms: &mut [Form],
    strays: &mut [(String, Control)],
    spot: Option<Spot>,
    attributes: &[(String, String)],
) {
    let Some(Control {
        value,
        kind: Kind::Select(options),
        ..
    }) = at(forms, strays, spot)
    else {
        return;
    };
    let own = get(attributes, "value").unwrap_or_default();
    let is_selected = attributes.iter().any(|(name, _)| name == "selected");
    if is_selected || options.is_empty() {
        value.clone_from(&own);
    }
    options.push((own, String::new()));
}

fn add_text(forms: &mut [Form], strays: &mut [(String, Control)], spot: Option<Spot>, part: &str) {
    let Some(control) = at(forms, strays, spot) else {
        return;
    };
    match &mut control.kind {
        Kind::Select(options) => {
            if let Some((_, text)) = options.last_mut() {
                *text = words(&format!("{text} {part}"));
            }
        }
        // A textarea's lines count.
        Kind::Value => control.text.push_str(part),
        _ => control.text = words(&format!("{} {part}", control.text)),
    }
}

fn settle(control: &mut Control, tag: &str) {
    if tag == "textarea" {
        // HTML drops the first line break.
        control.value = control
            .text
            .strip_prefix('\n')
            .unwrap_or(&control.text)
            .to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let html = r#"<p>No <b>form</b></p><form method=post action="/a?b=1&amp;c=2">
            <input type="hidden" name="key" value="x&quot;y"><label><input type=radio name=site value=1 checked> One &amp; only</label>
            <label><input type=radio name=site value=2> Two</label><input type=checkbox name=on>
            <select name="kind"><option value=a>A<option value=b selected>Bee</option></select>
            <textarea name=body>
line 1
line 2</textarea><input name=gone disabled value=no><button name=go value=now formaction="/elsewhere">Go on</button></form>
            <input form="f2" name="outside" value="in"><form id="f2" action="/get"></form><script>if (a<b) "<form>"</script>"#;
        let forms = forms(html);
        assert_eq!(forms.len(), 2);
        assert_eq!(
            (forms[0].action.as_str(), forms[0].is_post),
            ("/a?b=1&c=2", true)
        );
        let by_name = |name: &str| forms[0].controls.iter().find(|c| c.name == name).unwrap();
        assert_eq!(by_name("key").value, "x\"y");
        assert_eq!(by_name("site").text, "One & only");
        assert_eq!(by_name("kind").value, "b");
        assert_eq!(
            by_name("kind").kind,
            Kind::Select(vec![("a".into(), "A".into()), ("b".into(), "Bee".into())])
        );
        assert_eq!(by_name("body").value, "line 1\nline 2");
        assert_eq!(
            by_name("go").kind,
            Kind::Button {
                action: Some("/elsewhere".into())
            }
        );
        assert_eq!(by_name("go").text, "Go on");
        assert!(forms[0].controls.iter().all(|c| c.name != "gone"));
        assert_eq!(forms[1].controls[0].value, "in");
        assert_eq!(text("<p>a&nbsp;<b>b</b>\n c</p>"), "a b c");
        assert_eq!(
            links("<a href='/x'>The <i>way</i></a>"),
            [("/x".into(), "The way".into())]
        );
    }
}
