//! Markdown's events to nodes. Jira allows less nesting than Markdown: what it does not allow is set one level up, so
//! no word is lost.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::node::{Block, Inline, Marks, clean, clean_code};
use super::web_link;

/// Lists and quotes deeper than this are set flat: nobody reads them, and readers of JSON have a limit too.
const DEEPEST: usize = 8;

/// The blocks of a text.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::default();
    for event in Parser::new_ext(markdown, options) {
        builder.take(event);
    }
    builder.end_line();
    builder.blocks
}

#[derive(Default)]
struct Builder {
    /// What is open: quotes, lists and their items.
    open: Vec<Open>,
    /// How many more are open that are set flat.
    flat: usize,
    /// The blocks outside of all that.
    blocks: Vec<Block>,
    line: Vec<Inline>,
    strong: usize,
    em: usize,
    strike: usize,
    /// Links and images around the text; none for one that we do not follow.
    links: Vec<Option<String>>,
    heading: Option<u8>,
    code: Option<(Option<String>, String)>,
    table: Vec<Vec<Vec<Inline>>>,
}

enum Open {
    Quote(Vec<Block>),
    List(Option<u64>, Vec<Item>),
    Item(Item),
}

#[derive(Default)]
struct Item {
    task: Option<bool>,
    blocks: Vec<Block>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.text(&text, false),
            },
            Event::Code(text) => self.text(&text, true),
            Event::Html(text) => {
                for line in text.lines() {
                    self.text(line, false);
                    self.line.push(Inline::Break);
                }
            }
            Event::InlineHtml(text) if is_break(&text) => self.line.push(Inline::Break),
            Event::HardBreak => self.line.push(Inline::Break),
            Event::SoftBreak => self.text(" ", false),
            Event::Rule => {
                self.end_line();
                if self.at_top() {
                    self.put(Block::Rule);
                }
            }
            Event::TaskListMarker(done) => match self.open.last_mut() {
                Some(Open::Item(item)) if self.flat == 0 => item.task = Some(done),
                _ => self.text(task_sign(done), false),
            },
            Event::InlineHtml(text)
            | Event::FootnoteReference(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => self.text(&text, false),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_line();
                if self.at_top() {
                    self.heading = Some(level_number(level));
                } else {
                    self.strong += 1;
                }
            }
            Tag::BlockQuote(_) => {
                let flat = !self.at_top();
                self.enter(Open::Quote(Vec::new()), flat);
            }
            Tag::List(first) => {
                let flat = self.open.len() / 2 >= DEEPEST;
                self.enter(Open::List(first, Vec::new()), flat);
            }
            Tag::Item => self.enter(Open::Item(Item::default()), false),
            Tag::CodeBlock(kind) => {
                self.end_line();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(&info),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new()));
            }
            Tag::Table(_) => {
                self.end_line();
                self.table = Vec::new();
            }
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            Tag::TableCell => self.line.clear(),
            Tag::Strong => self.strong += 1,
            Tag::Emphasis => self.em += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(web_link(&dest_url));
            }
            _ => self.end_line(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let level = self.heading.take();
                let line = self.take_line();
                match level {
                    Some(level) if !line.is_empty() => self.put(Block::Heading(level, line)),
                    Some(_) => {}
                    None => {
                        self.strong = self.strong.saturating_sub(1);
                        self.put_paragraph(line);
                    }
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => self.leave(),
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let text = clean_code(&text);
                    self.put(Block::Code(
                        language,
                        text.trim_end_matches('\n').to_owned(),
                    ));
                }
            }
            TagEnd::TableCell => {
                let cell = self.take_line();
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.end_table(),
            TagEnd::TableHead | TagEnd::TableRow => {}
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Emphasis => self.em = self.em.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => self.end_line(),
        }
    }

    fn enter(&mut self, open: Open, flat: bool) {
        self.end_line();
        if flat || self.flat > 0 {
            self.flat += 1;
        } else {
            self.open.push(open);
        }
    }

    fn leave(&mut self) {
        self.end_line();
        if self.flat > 0 {
            self.flat -= 1;
            return;
        }
        match self.open.pop() {
            Some(Open::Quote(blocks)) if !blocks.is_empty() => self.put(Block::Quote(blocks)),
            Some(Open::Item(item)) => {
                if let Some(Open::List(_, items)) = self.open.last_mut() {
                    items.push(item);
                }
            }
            Some(Open::List(first, items)) if !items.is_empty() => {
                let block = list(first, items, self.open.is_empty());
                self.put(block);
            }
            _ => {}
        }
    }

    fn end_table(&mut self) {
        let rows = std::mem::take(&mut self.table);
        if rows.is_empty() || rows.iter().any(Vec::is_empty) {
            return;
        }
        if self.at_top() {
            self.put(Block::Table(rows));
            return;
        }
        for row in rows {
            let mut line = Vec::new();
            for cell in row {
                if !line.is_empty() {
                    line.push(Inline::Text(" | ".to_owned(), Marks::default()));
                }
                line.extend(cell);
            }
            self.put_paragraph(line);
        }
    }

    /// A link without a text shows its address.
    fn end_link(&mut self) {
        let shown = self.line.last().is_some_and(|inline| match inline {
            Inline::Text(_, marks) => marks.link.is_some() && marks.link == self.link(),
            Inline::Break => false,
        });
        if let (false, Some(link)) = (shown, self.link()) {
            self.text(&link, false);
        }
        self.links.pop();
    }

    /// The outermost link: an image inside a link belongs to that link.
    fn link(&self) -> Option<String> {
        self.links.iter().flatten().next().cloned()
    }

    fn text(&mut self, text: &str, code: bool) {
        let text = clean(text);
        if text.is_empty() {
            return;
        }
        let marks = Marks {
            strong: self.strong > 0 && !code,
            em: self.em > 0 && !code,
            strike: self.strike > 0 && !code,
            code,
            link: self.link(),
        };
        match self.line.last_mut() {
            Some(Inline::Text(before, same)) if *same == marks => before.push_str(&text),
            _ => self.line.push(Inline::Text(text, marks)),
        }
    }

    /// The line so far, without empty ends.
    fn take_line(&mut self) -> Vec<Inline> {
        let mut line = std::mem::take(&mut self.line);
        let empty = |inline: &Inline| match inline {
            Inline::Break => true,
            Inline::Text(text, _) => text.trim().is_empty(),
        };
        while line.last().is_some_and(empty) {
            line.pop();
        }
        let start = line.iter().take_while(|inline| empty(inline)).count();
        line.drain(..start);
        line
    }

    fn end_line(&mut self) {
        let line = self.take_line();
        self.put_paragraph(line);
    }

    fn put_paragraph(&mut self, line: Vec<Inline>) {
        if !line.is_empty() {
            self.put(Block::Paragraph(line));
        }
    }

    fn put(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(Open::Quote(blocks)) => blocks.push(block),
            Some(Open::Item(item)) => item.blocks.push(block),
            Some(Open::List(_, items)) => items.push(Item {
                task: None,
                blocks: vec![block],
            }),
            None => self.blocks.push(block),
        }
    }

    fn at_top(&self) -> bool {
        self.open.is_empty() && self.flat == 0
    }
}

/// A list whose items are all single tasks is a task list where Jira takes one; else tasks show as signs.
fn list(first: Option<u64>, items: Vec<Item>, top: bool) -> Block {
    let plain_task = |item: &Item| {
        item.task.is_some() && matches!(item.blocks.as_slice(), [Block::Paragraph(_)])
    };
    if top && first.is_none() && items.iter().all(plain_task) {
        let tasks = items
            .into_iter()
            .filter_map(|mut item| match (item.task, item.blocks.pop()) {
                (Some(done), Some(Block::Paragraph(line))) => Some((done, line)),
                _ => None,
            });
        return Block::Tasks(tasks.collect());
    }
    let items = items.into_iter().map(item_blocks).collect();
    match first {
        None => Block::Bullets(items),
        Some(first) => Block::Numbers(first, items),
    }
}

fn item_blocks(item: Item) -> Vec<Block> {
    let mut blocks = item.blocks;
    // An item starts with a line of text, even an empty one.
    if !matches!(blocks.first(), Some(Block::Paragraph(_) | Block::Code(..))) {
        blocks.insert(0, Block::Paragraph(Vec::new()));
    }
    if let Some(done) = item.task {
        let sign = Inline::Text(task_sign(done).to_owned(), Marks::default());
        match &mut blocks[0] {
            Block::Paragraph(line) => line.insert(0, sign),
            _ => blocks.insert(0, Block::Paragraph(vec![sign])),
        }
    }
    blocks
}

fn task_sign(done: bool) -> &'static str {
    if done { "☑ " } else { "☐ " }
}

fn is_break(html: &str) -> bool {
    let tag: String = html.chars().filter(|c| !c.is_whitespace()).collect();
    tag.eq_ignore_ascii_case("<br>") || tag.eq_ignore_ascii_case("<br/>")
}

fn language(info: &str) -> Option<String> {
    let word = info.split([' ', ',', '\t']).next().unwrap_or_default();
    let ok = (1..=32).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+#.-".contains(&b));
    ok.then(|| word.to_owned())
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
