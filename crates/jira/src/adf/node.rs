//! The nodes that we use, and their JSON.

use serde_json::{Value, json};

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(Vec<Inline>),
    Heading(u8, Vec<Inline>),
    Bullets(Vec<Vec<Block>>),
    Numbers(u64, Vec<Vec<Block>>),
    Tasks(Vec<(bool, Vec<Inline>)>),
    Quote(Vec<Block>),
    Code(Option<String>, String),
    Rule,
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<Vec<Inline>>>),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    Text(String, Marks),
    Break,
}

/// How a text is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marks {
    pub(super) strong: bool,
    pub(super) em: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
    pub(super) link: Option<String>,
}

/// The document, and its length in UTF-16 units.
pub(super) fn document(blocks: &[Block]) -> (Value, usize) {
    let content = if blocks.is_empty() {
        vec![paragraph(&[])]
    } else {
        let mut tasks = 0;
        blocks.iter().map(|block| block.json(&mut tasks)).collect()
    };
    let document = json!({"version": 1, "type": "doc", "content": content});
    let length = length(&document);
    (document, length)
}

/// Length in UTF-16 units, in which Jira's Java counts.
pub(super) fn length(value: &Value) -> usize {
    value.to_string().encode_utf16().count()
}

/// A text as Jira can hold it in one line: no control characters, no characters that XML has not.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => None,
            c => Some(c),
        })
        .collect()
}

/// A text as Jira can hold it in a code block, the one place with line ends.
pub(super) fn clean_code(text: &str) -> String {
    text.chars()
        .filter(|c| {
            matches!(c, '\n' | '\t') || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
        })
        .collect()
}

impl Block {
    /// `tasks` counts task lists and tasks: each needs an id of its own in the document.
    pub(super) fn json(&self, tasks: &mut u32) -> Value {
        match self {
            Block::Paragraph(line) => paragraph(line),
            Block::Heading(level, line) => {
                json!({"type": "heading", "attrs": {"level": level}, "content": inlines(line)})
            }
            Block::Bullets(list) => json!({"type": "bulletList", "content": items(list, tasks)}),
            Block::Numbers(first, list) => {
                json!({"type": "orderedList", "attrs": {"order": first}, "content": items(list, tasks)})
            }
            Block::Tasks(list) => {
                let list_id = task_id(tasks);
                let content: Vec<Value> = list
                    .iter()
                    .map(|(done, line)| {
                        json!({
                            "type": "taskItem",
                            "attrs": {"localId": task_id(tasks), "state": if *done { "DONE" } else { "TODO" }},
                            "content": inlines(line),
                        })
                    })
                    .collect();
                json!({"type": "taskList", "attrs": {"localId": list_id}, "content": content})
            }
            Block::Quote(blocks) => json!({"type": "blockquote", "content": inside(blocks, tasks)}),
            Block::Code(language, text) => {
                let mut node = json!({"type": "codeBlock"});
                if let Some(language) = language {
                    node["attrs"] = json!({ "language": language });
                }
                if !text.is_empty() {
                    node["content"] = json!([{"type": "text", "text": text}]);
                }
                node
            }
            Block::Rule => json!({"type": "rule"}),
            Block::Table(rows) => {
                let rows: Vec<Value> = rows
                    .iter()
                    .enumerate()
                    .map(|(n, row)| table_row(n, row))
                    .collect();
                json!({
                    "type": "table",
                    "attrs": {"isNumberColumnEnabled": false, "layout": "default"},
                    "content": rows,
                })
            }
        }
    }
}

fn task_id(tasks: &mut u32) -> String {
    *tasks += 1;
    // Fixed width, so that the length of a block does not depend on where it stands.
    format!("task-{tasks:08}")
}

fn table_row(number: usize, row: &[Vec<Inline>]) -> Value {
    let kind = if number == 0 {
        "tableHeader"
    } else {
        "tableCell"
    };
    let cells: Vec<Value> = row
        .iter()
        .map(|cell| json!({"type": kind, "attrs": {}, "content": [paragraph(cell)]}))
        .collect();
    json!({"type": "tableRow", "content": cells})
}

fn items(list: &[Vec<Block>], tasks: &mut u32) -> Vec<Value> {
    list.iter()
        .map(|blocks| json!({"type": "listItem", "content": inside(blocks, tasks)}))
        .collect()
}

fn inside(blocks: &[Block], tasks: &mut u32) -> Vec<Value> {
    blocks.iter().map(|block| block.json(tasks)).collect()
}

fn paragraph(line: &[Inline]) -> Value {
    json!({"type": "paragraph", "content": inlines(line)})
}

fn inlines(line: &[Inline]) -> Vec<Value> {
    line.iter().map(Inline::json).collect()
}

impl Inline {
    fn json(&self) -> Value {
        match self {
            Inline::Break => json!({"type": "hardBreak"}),
            Inline::Text(text, marks) => {
                let marks = marks.json();
                if marks.is_empty() {
                    json!({"type": "text", "text": text})
                } else {
                    json!({"type": "text", "text": text, "marks": marks})
                }
            }
        }
    }
}

impl Marks {
    fn json(&self) -> Vec<Value> {
        let mut marks = Vec::new();
        if let Some(href) = &self.link {
            marks.push(json!({"type": "link", "attrs": {"href": href}}));
        }
        if self.code {
            // Code stands with a link, but with no other mark.
            marks.push(json!({"type": "code"}));
            return marks;
        }
        for (set, kind) in [
            (self.strong, "strong"),
            (self.em, "em"),
            (self.strike, "strike"),
        ] {
            if set {
                marks.push(json!({ "type": kind }));
            }
        }
        marks
    }
}
