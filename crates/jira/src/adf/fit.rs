//! Cuts a document to a length, at the latest block, item, row or character that fits.

use super::node::{Block, Inline, length};

/// Length of the blocks in the JSON of a document, with the commas between them.
pub(super) fn size_of(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| size(block) + 1).sum()
}

/// The start of `blocks` that is no longer than `room`.
pub(super) fn fit(blocks: Vec<Block>, mut room: usize) -> Vec<Block> {
    let mut kept = Vec::new();
    for block in blocks {
        let needed = size(&block) + 1;
        if needed <= room {
            room -= needed;
            kept.push(block);
        } else {
            kept.extend(shrink(block, room.saturating_sub(1)));
            break;
        }
    }
    kept
}

fn size(block: &Block) -> usize {
    length(&block.json(&mut 0))
}

/// The start of a block that is no longer than `room`; none if nothing of it fits.
fn shrink(block: Block, room: usize) -> Option<Block> {
    match block {
        Block::Paragraph(line) => {
            let room = room.checked_sub(size(&Block::Paragraph(Vec::new())))?;
            let line = shrink_line(line, room);
            (!line.is_empty()).then_some(Block::Paragraph(line))
        }
        Block::Code(language, text) => {
            let room = room.checked_sub(size(&Block::Code(language.clone(), "x".into())))?;
            let text = cut(&text, room);
            (!text.is_empty()).then_some(Block::Code(language, text))
        }
        Block::Quote(blocks) => {
            let room = room.checked_sub(size(&Block::Quote(Vec::new())))?;
            let blocks = fit(blocks, room);
            (!blocks.is_empty()).then_some(Block::Quote(blocks))
        }
        Block::Bullets(items) => shrink_items(Block::Bullets, items, room),
        Block::Numbers(first, items) => {
            shrink_items(|items| Block::Numbers(first, items), items, room)
        }
        Block::Tasks(tasks) => shrink_parts(Block::Tasks, tasks, room),
        Block::Table(rows) => shrink_parts(Block::Table, rows, room),
        Block::Heading(..) | Block::Rule => None,
    }
}

fn shrink_items(
    list: impl Fn(Vec<Vec<Block>>) -> Block,
    items: Vec<Vec<Block>>,
    room: usize,
) -> Option<Block> {
    let mut room = room.checked_sub(size(&list(Vec::new())))?;
    let frame = size(&list(vec![Vec::new()])) - size(&list(Vec::new())) + 1;
    let mut kept = Vec::new();
    for item in items {
        let needed = frame + size_of(&item);
        if needed <= room {
            room -= needed;
            kept.push(item);
        } else {
            let start = fit(item, room.saturating_sub(frame));
            if !start.is_empty() {
                kept.push(start);
            }
            break;
        }
    }
    (!kept.is_empty()).then(|| list(kept))
}

fn shrink_parts<T: Clone>(
    whole: impl Fn(Vec<T>) -> Block,
    parts: Vec<T>,
    room: usize,
) -> Option<Block> {
    let empty = size(&whole(Vec::new()));
    let mut room = room.checked_sub(empty)?;
    let mut kept = Vec::new();
    for part in parts {
        let needed = size(&whole(vec![part.clone()])) - empty + 1;
        if needed > room {
            break;
        }
        room -= needed;
        kept.push(part);
    }
    (!kept.is_empty()).then(|| whole(kept))
}

fn shrink_line(line: Vec<Inline>, mut room: usize) -> Vec<Inline> {
    let empty = size(&Block::Paragraph(Vec::new()));
    let needs = |inline: &Inline| size(&Block::Paragraph(vec![inline.clone()])) - empty + 1;
    let mut kept = Vec::new();
    for inline in line {
        let needed = needs(&inline);
        if needed <= room {
            room -= needed;
            kept.push(inline);
            continue;
        }
        if let Inline::Text(text, marks) = inline {
            let frame = needs(&Inline::Text("x".into(), marks.clone()));
            let text = cut(&text, room.saturating_sub(frame));
            if !text.is_empty() {
                kept.push(Inline::Text(text, marks));
            }
        }
        break;
    }
    kept
}

/// The start of a text that is no longer than `room` in JSON, with a sign that it was cut.
fn cut(text: &str, room: usize) -> String {
    let Some(mut room) = room.checked_sub(1) else {
        return String::new();
    };
    let mut kept = String::new();
    for c in text.chars() {
        let needed = match c {
            '"' | '\\' | '\n' | '\t' => 2,
            c => c.len_utf16(),
        };
        if needed > room {
            break;
        }
        room -= needed;
        kept.push(c);
    }
    if !kept.is_empty() {
        kept.push('…');
    }
    kept
}
