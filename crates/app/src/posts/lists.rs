//! Pages of posts, similar ones, the roadmap.

use upvow_domain::{
    Caller, PostId, Role, Scope,
    page::{Page, PageOf},
    post::Sort,
    search::Words,
};
use upvow_store::{
    post_lists::{self, Key, Place, Wanted},
    posts, search, statuses as stored_statuses,
};

use super::{Column, Filter, PostRow, row};
use crate::{App, Result, access, boards, cursor::Cursor};

/// The most cards of a column of the roadmap.
const MOST_CARDS: i64 = 20;

/// The posts the caller may see, a page at a time.
pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &Filter,
    page: &PageOf,
) -> Result<Page<PostRow>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let author = if filter.mine {
        Some(access::person(caller)?)
    } else {
        None
    };
    let after = Cursor::of(page, letter(filter.sort))?.map(|cursor| place(filter.sort, cursor));
    let words = (!filter.query.trim().is_empty()).then(|| Words::of(&filter.query));
    let limit = page.rows();

    let mut tx = app.db.read().await?;
    if let Some(board) = filter.board {
        boards::find(&mut tx, caller, board).await?;
    }
    let mut statuses = filter.statuses.clone();
    statuses.sort_unstable();
    statuses.dedup();
    // More than a project can have are not looked for.
    statuses.truncate(boards::MOST_STATUSES);
    let wanted = Wanted {
        board: filter.board,
        // A board that only its address leads to may be read once it was named.
        all_boards: filter.board.is_some() || boards::sees_all(caller),
        statuses: &statuses,
        words: words.as_ref(),
        author,
        sort: filter.sort,
    };
    let viewer = caller.person;
    let rows = post_lists::list(&mut tx, caller.project, &wanted, after, viewer, limit + 1).await?;
    page_of(rows, limit, filter.sort)
}

/// Each order has its own cursors.
const fn letter(sort: Sort) -> u8 {
    match sort {
        Sort::Trending => b't',
        Sort::Top => b'v',
        Sort::New => b'n',
        Sort::Discussed => b'd',
    }
}

fn place(sort: Sort, cursor: Cursor) -> Place {
    let key = match sort {
        Sort::Trending => Key::Trend(f64::from_bits(cursor.key)),
        Sort::Top | Sort::Discussed => Key::Count(cursor.key.cast_signed()),
        Sort::New => Key::Age,
    };
    let id: PostId = cursor.id();
    Place { key, id }
}

fn page_of(rows: Vec<posts::PostRow>, limit: i64, sort: Sort) -> Result<Page<PostRow>> {
    let page = Page::cut(rows, limit, |row| {
        let key = match Place::of(row, sort).key {
            Key::Trend(trend) => trend.to_bits(),
            Key::Count(count) => count.cast_unsigned(),
            Key::Age => 0,
        };
        Cursor::by_key(letter(sort), key, row.id)
    });
    Ok(Page {
        items: page.items.into_iter().map(row).collect::<Result<_>>()?,
        next: page.next,
    })
}

/// Posts that say something like `text`, best first, at most five.
pub async fn similar(app: &App, caller: &Caller, text: &str) -> Result<Vec<PostRow>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let all = boards::sees_all(caller);
    let mut tx = app.db.read().await?;
    let words = Words::of(text);
    let rows = search::similar(&mut tx, caller.project, &words, all, caller.person).await?;
    rows.into_iter().map(row).collect()
}

/// The roadmap: one column per status that is on it, at most 20 posts each.
pub async fn roadmap(app: &App, caller: &Caller) -> Result<Vec<Column>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let all = boards::sees_all(caller);
    let mut tx = app.db.read().await?;
    let counts = post_lists::count_on_roadmap(&mut tx, caller.project, all).await?;
    let mut columns = vec![];
    for status in stored_statuses::list(&mut tx, caller.project).await? {
        if !status.on_roadmap {
            continue;
        }
        let count = counts.iter().find(|count| count.status_id == status.id);
        let cards = post_lists::top_of_status(
            &mut tx,
            caller.project,
            status.id,
            all,
            caller.person,
            MOST_CARDS,
        )
        .await?;
        columns.push(Column {
            status: boards::status(status)?,
            count: count.map_or(0, |count| count.posts),
            posts: cards.into_iter().map(row).collect::<Result<_>>()?,
        });
    }
    Ok(columns)
}
