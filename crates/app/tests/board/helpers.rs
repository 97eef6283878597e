//! What several stories need.

use upvow_app::{
    AppError, Caller,
    boards::{self, Board, BoardForm, Status},
    posts::{self, NewPost, Post},
};
use upvow_domain::{BoardId, page::PageOf};

use crate::harness::World;

impl World {
    /// The board every project begins with.
    pub(crate) async fn features(&self) -> Board {
        boards::by_slug(&self.app, &self.owner, "features")
            .await
            .unwrap()
    }

    /// Another board.
    pub(crate) async fn board(&self, name: &str, visibility: &str) -> Board {
        boards::create(&self.app, &self.owner, &board_form(name, visibility))
            .await
            .unwrap()
    }

    /// The status of that name.
    pub(crate) async fn status(&self, name: &str) -> Status {
        let statuses = boards::statuses(&self.app, &self.owner).await.unwrap();
        statuses.into_iter().find(|s| s.name == name).unwrap()
    }

    /// A post on the first board.
    pub(crate) async fn post(&self, caller: &Caller, title: &str) -> Post {
        let board = self.features().await.id;
        self.post_on(caller, board, title, "").await
    }

    /// A post with a text, on any board.
    pub(crate) async fn post_on(
        &self,
        caller: &Caller,
        board: BoardId,
        title: &str,
        body: &str,
    ) -> Post {
        posts::submit(&self.app, caller, &new_post(board, title, body))
            .await
            .unwrap()
    }
}

pub(crate) fn new_post(board: BoardId, title: &str, body: &str) -> NewPost {
    NewPost {
        board,
        title: title.to_owned(),
        body: body.to_owned(),
        submit_key: None,
    }
}

pub(crate) fn board_form(name: &str, visibility: &str) -> BoardForm {
    BoardForm {
        name: name.to_owned(),
        slug: String::new(),
        description: String::new(),
        visibility: visibility.to_owned(),
    }
}

/// A page of so many rows, after a cursor.
pub(crate) fn page(limit: u32, after: Option<&str>) -> PageOf {
    PageOf {
        limit: Some(limit),
        after: after.map(str::to_owned),
    }
}

/// The error's kind in one word, so that a story can say what it expects.
pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, AppError>) -> &'static str {
    match result.expect_err("this must be refused") {
        AppError::NotFound => "not found",
        AppError::SignInNeeded => "sign in",
        AppError::Forbidden { .. } => "forbidden",
        AppError::Invalid(wrong) => wrong[0].field,
        AppError::Conflict { code, .. } | AppError::Internal { code } => code,
        AppError::TooMany { .. } => "too many",
        AppError::Jira(_) => "jira",
        AppError::Unavailable => "unavailable",
    }
}
