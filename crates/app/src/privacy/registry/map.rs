//! The data map: whose data is kept where, and who gets it. Drawn from the registry, as SVG.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    tables,
    words::{Engine, Place, Whose},
};

/// How wide it is.
const WIDTH: usize = 960;
/// How high a box with one line is, and how much each further line adds.
const BOX: usize = 40;
/// Between two boxes.
const GAP: usize = 16;
/// Where the first box begins.
const TOP: usize = 72;
/// The three columns: people, records, recipients.
const COLUMNS: [(usize, usize); 3] = [(24, 150), (246, 456), (786, 150)];

/// A box.
struct Stand {
    key: String,
    lines: Vec<String>,
    at: usize,
}

impl Stand {
    fn height(&self) -> usize {
        BOX + 18 * (self.lines.len() - 1)
    }

    fn middle(&self) -> usize {
        self.at + self.height() / 2
    }
}

/// Records that stand together: key, lines, whose they are, who gets them, where they are.
type Group<'a> = (
    String,
    Vec<String>,
    BTreeSet<Whose>,
    BTreeSet<&'a str>,
    Place,
);

/// The map.
pub fn svg() -> String {
    let shown: Vec<_> = tables()
        .filter(|table| table.engine == Engine::Both)
        .collect();
    let people: BTreeSet<Whose> = shown
        .iter()
        .flat_map(|table| table.whose)
        .copied()
        .collect();
    let recipients: BTreeSet<&str> = shown
        .iter()
        .flat_map(|table| table.recipients)
        .copied()
        .collect();
    // Records stand together by what they are for and where they are.
    let mut groups: Vec<Group<'_>> = vec![];
    for table in &shown {
        let key = format!("{}/{}", table.activity.name(), table.place.name());
        let spot = groups
            .iter()
            .position(|group| group.0 == key)
            .unwrap_or_else(|| {
                let head = format!("{} ({})", table.activity.name(), table.place.name());
                groups.push((
                    key,
                    vec![head],
                    BTreeSet::new(),
                    BTreeSet::new(),
                    table.place,
                ));
                groups.len() - 1
            });
        let group = &mut groups[spot];
        group.1.push(table.title.to_owned());
        group.2.extend(table.whose);
        group.3.extend(table.recipients);
    }
    let middle = column(
        groups
            .iter()
            .map(|group| (group.0.clone(), group.1.clone())),
    );
    let height = middle.last().map_or(TOP, |last| last.at + last.height()) + 24;
    let left = spread(
        column(
            people
                .iter()
                .map(|w| (w.name().to_owned(), vec![w.name().to_owned()])),
        ),
        height,
    );
    let right = spread(
        column(
            recipients
                .iter()
                .map(|r| ((*r).to_owned(), vec![recipient(r).to_owned()])),
        ),
        height,
    );

    let mut svg = format!(
        r#"<svg class="data-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="data-map-title data-map-desc"><title id="data-map-title">Data map</title><desc id="data-map-desc">{}</desc>"#,
        escape(&described(&groups))
    );
    for ((x, _), head) in
        COLUMNS
            .iter()
            .zip(["Whose data", "What is kept, and where", "Who gets it"])
    {
        let _ = write!(
            svg,
            r#"<text class="map-head" x="{x}" y="36">{head}</text>"#
        );
    }
    for group in &groups {
        let to = find(&middle, &group.0);
        for whose in &group.2 {
            arrow(
                &mut svg,
                (COLUMNS[0], find(&left, whose.name())),
                (COLUMNS[1], to),
            );
        }
        for recipient in &group.3 {
            arrow(
                &mut svg,
                (COLUMNS[1], to),
                (COLUMNS[2], find(&right, recipient)),
            );
        }
    }
    for stand in &left {
        draw(&mut svg, "map-who", COLUMNS[0], stand);
    }
    for (stand, group) in middle.iter().zip(&groups) {
        let class = match group.4 {
            Place::Main => "map-main",
            Place::Vault => "map-vault",
            Place::Files => "map-files",
        };
        draw(&mut svg, class, COLUMNS[1], stand);
    }
    for stand in &right {
        draw(&mut svg, "map-who", COLUMNS[2], stand);
    }
    svg.push_str("</svg>");
    svg
}

/// What a recipient is called on the map.
fn recipient(name: &str) -> &str {
    match name {
        "atlassian" => "Atlassian",
        "mail" => "The mail server",
        other => other,
    }
}

/// The same in words, for whoever hears the map.
fn described(groups: &[Group<'_>]) -> String {
    let mut text = String::new();
    for (_, lines, whose, recipients, _) in groups {
        let people: Vec<&str> = whose.iter().map(|whose| whose.name()).collect();
        let _ = write!(text, "{}: data of {}", lines[0], people.join(", "));
        if !recipients.is_empty() {
            let names: Vec<&str> = recipients.iter().map(|name| recipient(name)).collect();
            let _ = write!(text, "; passed on to {}", names.join(", "));
        }
        text.push_str(". ");
    }
    text
}

fn column(items: impl Iterator<Item = (String, Vec<String>)>) -> Vec<Stand> {
    let mut at = TOP;
    items
        .map(|(key, lines)| {
            let stand = Stand { key, lines, at };
            at += stand.height() + GAP;
            stand
        })
        .collect()
}

/// Puts the boxes of a short column over the whole height.
fn spread(mut column: Vec<Stand>, height: usize) -> Vec<Stand> {
    let slot = (height - TOP) / column.len().max(1);
    for (at, stand) in column.iter_mut().enumerate() {
        stand.at = TOP + slot * at + slot.saturating_sub(stand.height()) / 2;
    }
    column
}

fn find<'a>(column: &'a [Stand], key: &str) -> &'a Stand {
    column
        .iter()
        .find(|stand| stand.key == key)
        .expect("every group's people and recipients have a box")
}

fn arrow(svg: &mut String, from: ((usize, usize), &Stand), to: ((usize, usize), &Stand)) {
    let ((x, width), start) = from;
    let (x1, y1) = (x + width, start.middle());
    let ((x2, _), end) = to;
    let y2 = end.middle();
    let half = usize::midpoint(x1, x2);
    let _ = write!(
        svg,
        r#"<path class="map-arrow" d="M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}"/>"#
    );
}

fn draw(svg: &mut String, class: &str, (x, width): (usize, usize), stand: &Stand) {
    let (y, height) = (stand.at, stand.height());
    let _ = write!(
        svg,
        r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>"#
    );
    for (at, line) in stand.lines.iter().enumerate() {
        let weight = if at == 0 { "map-name" } else { "map-line" };
        let _ = write!(
            svg,
            r#"<text class="{weight}" x="{}" y="{}">{}</text>"#,
            x + 14,
            y + 25 + 18 * at,
            escape(line)
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The map as a file of its own, with its colours in it, for light and dark.
pub fn standalone() -> String {
    svg().replacen("><title", &format!("><style>{STYLE}</style><title"), 1)
}

const STYLE: &str = "text{font:14px system-ui,sans-serif;fill:#1b2733}.map-head,.map-name{font-weight:600}.map-line{font-size:13px}\
rect{fill:#f4f6f8;stroke:#8896a5}.map-vault{fill:#e7f5ec;stroke:#1b7a43}.map-arrow{fill:none;stroke:#8896a5}\
@media(prefers-color-scheme:dark){text{fill:#e6ebf0}rect{fill:#1f2933;stroke:#7b8794}.map-vault{fill:#12331f;stroke:#4cc38a}.map-arrow{stroke:#7b8794}}";
