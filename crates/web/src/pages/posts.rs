//! The list of posts: of a project, and of one board.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::{
    boards::{self, Board, Status},
    connect::{self, Connection},
    posts::{self, Filter, PostRow},
};
use upvow_domain::{
    Role, StatusId,
    page::{Page, PageOf},
    post::Sort,
};

use super::{
    fields::{Asked, Fields},
    filters,
    frame::{Frame, Part, show},
    new_post::submit_key_of,
    panel::site,
    words::count,
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}", get(of_project))
        .route("/p/{project}/b/{board}", get(of_board))
}

#[derive(Template)]
#[template(path = "posts.html")]
struct Posts {
    frame: Frame,
    boards: Vec<Board>,
    board: Option<Board>,
    statuses: Vec<Status>,
    look: Look,
    page: Page<PostRow>,
    picks: Option<Picks>,
}

/// Posts are being chosen, to be linked to Jira.
struct Picks {
    connections: Vec<Connection>,
    submit_key: String,
}

impl Posts {
    fn site(&self, connection: &Connection) -> String {
        site(connection)
    }

    /// Every post of every board the reader sees.
    fn total(&self) -> i64 {
        self.boards.iter().map(|board| board.posts).sum()
    }

    fn total_words(&self) -> String {
        count(
            self.board
                .as_ref()
                .map_or(self.total(), |board| board.posts),
            "idea",
        )
    }

    fn is_current(&self, board: &Board) -> bool {
        self.board
            .as_ref()
            .is_some_and(|current| current.id == board.id)
    }

    /// Where a new post begins: on this board, if one is open.
    fn share(&self) -> String {
        let base = self.frame.base();
        match &self.board {
            Some(board) => format!("{base}/posts/new?board={}", board.slug),
            None => format!("{base}/posts/new"),
        }
    }
}

/// What of the list is shown, as the address says it. Each way to change it is an address, too.
#[derive(Clone)]
struct Look {
    base: String,
    query: String,
    statuses: Vec<StatusId>,
    sort: Sort,
    mine: bool,
    pick: bool,
    after: Option<String>,
}

impl Look {
    fn read(base: String, fields: &Fields) -> Look {
        Look {
            base,
            query: fields.get("q").trim().to_owned(),
            statuses: fields
                .all("status")
                .filter_map(|id| id.parse().ok())
                .collect(),
            sort: Sort::named(fields.get("sort")).unwrap_or_default(),
            mine: fields.is_on("mine"),
            pick: fields.is_on("pick"),
            after: fields.some("after"),
        }
    }

    /// Whether anything narrows the list.
    fn is_narrow(&self) -> bool {
        !self.query.is_empty() || !self.statuses.is_empty() || self.mine
    }

    fn has(&self, status: &Status) -> bool {
        self.statuses.contains(&status.id)
    }

    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.query.is_empty() {
            query.append_pair("q", &self.query);
        }
        for status in &self.statuses {
            query.append_pair("status", &status.to_string());
        }
        if self.mine {
            query.append_pair("mine", "1");
        }
        if self.pick {
            query.append_pair("pick", "1");
        }
        if self.sort != Sort::default() {
            query.append_pair("sort", self.sort.name());
        }
        if let Some(after) = &self.after {
            query.append_pair("after", after);
        }
        let query = query.finish();
        if query.is_empty() {
            self.base.clone()
        } else {
            format!("{}?{query}", self.base)
        }
    }

    /// The same from the start, changed.
    fn but(&self, change: impl FnOnce(&mut Look)) -> String {
        let mut look = Look {
            after: None,
            ..self.clone()
        };
        change(&mut look);
        look.address()
    }

    fn sorted(&self, sort: &Sort) -> String {
        self.but(|look| look.sort = *sort)
    }

    fn toggled(&self, status: &Status) -> String {
        self.but(|look| {
            if self.has(status) {
                look.statuses.retain(|id| *id != status.id);
            } else {
                look.statuses.push(status.id);
            }
        })
    }

    fn any_status(&self) -> String {
        self.but(|look| look.statuses.clear())
    }

    fn without_words(&self) -> String {
        self.but(|look| look.query.clear())
    }

    fn without_mine(&self) -> String {
        self.but(|look| look.mine = false)
    }

    fn picking(&self, pick: bool) -> String {
        let mut look = self.clone();
        look.pick = pick;
        look.address()
    }

    fn at_start(&self) -> String {
        self.but(|_| {})
    }

    fn next(&self, cursor: &str) -> String {
        self.but(|look| look.after = Some(cursor.to_owned()))
    }
}

/// What a sort is called on screen.
fn sort_name(sort: &Sort) -> &'static str {
    match sort {
        Sort::Trending => "Trending",
        Sort::Top => "Top",
        Sort::New => "New",
        Sort::Discussed => "Discussed",
    }
}

async fn of_project(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    page(ctx, None, asked).await
}

async fn of_board(
    ctx: Ctx,
    Path((_, slug)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    let board = boards::by_slug(&ctx.app, &ctx.caller, &slug).await?;
    page(ctx, Some(board), asked).await
}

async fn page(ctx: Ctx, board: Option<Board>, asked: Asked) -> Result<Response, PageError> {
    let title = board
        .as_ref()
        .map_or(&ctx.project.name, |board| &board.name);
    let frame = Frame::of(&ctx, Part::Posts, title).with_notice(&asked);
    let base = match &board {
        Some(board) => format!("{}/b/{}", frame.base(), board.slug),
        None => frame.base(),
    };
    let look = Look::read(base, &asked.0);
    let filter = Filter {
        board: board.as_ref().map(|board| board.id),
        statuses: look.statuses.clone(),
        query: look.query.clone(),
        mine: look.mine,
        sort: look.sort,
    };
    let of = PageOf {
        limit: None,
        after: look.after.clone(),
    };
    let boards = boards::list(&ctx.app, &ctx.caller).await?;
    let statuses = boards::statuses(&ctx.app, &ctx.caller).await?;
    let page = posts::list(&ctx.app, &ctx.caller, &filter, &of).await?;
    let picks = if look.pick && ctx.caller.at_least(Role::Moderator) {
        Some(Picks {
            connections: connect::usable(&ctx.app, &ctx.caller).await?,
            submit_key: submit_key_of(&ctx),
        })
    } else {
        None
    };
    show(&Posts {
        frame,
        boards,
        board,
        statuses,
        look,
        page,
        picks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_all_and_changes_one_thing() {
        let id = "status_00000000000000000000000000000001";
        let fields = [
            ("q", "dark mode"),
            ("status", id),
            ("status", "junk"),
            ("sort", "top"),
            ("after", "abc"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let look = Look::read("/p/acme".to_owned(), &Fields::of(fields.to_vec()));
        assert_eq!(
            look.sorted(&Sort::Trending),
            format!("/p/acme?q=dark+mode&status={id}")
        );
        assert_eq!(look.any_status(), "/p/acme?q=dark+mode&sort=top");
        assert_eq!(
            look.next("x/y"),
            format!("/p/acme?q=dark+mode&status={id}&sort=top&after=x%2Fy")
        );
        assert!(look.is_narrow());
    }
}
