//! Fills a new board with the sample, through the product's own use cases, by a clock that starts weeks ago.

use anyhow::{Context as _, anyhow};
use upvow_app::{
    App, Clock, Live, Mail, Parts, Time,
    boards::{self, BoardForm},
    comments::{self, NewComment},
    notices, people,
    posts::{self, Cause, NewPost},
    projects, sign_in, votes,
};
use upvow_domain::{
    BoardId, Caller, PostId, ProjectId, Role, StatusId, board::StatusKind, page::PageOf,
    secret::LinkSecret,
};

use super::sample::{self, BOARDS, Idea, POSTS, Person, Said, TEAM, VOTERS};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Makes the sample project, unless there is a project already.
pub async fn seed(app: &App) -> anyhow::Result<()> {
    if projects::first(app).await?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let clock = Clock::at(Time(now.0 - 70 * DAY));
    let past = App::new(Parts {
        db: app.db.clone(),
        vault: app.vault.clone(),
        jira: None,
        clock: clock.clone(),
        mail: Mail::outbox(),
        settings: app.settings.clone(),
        live: Live::new(),
        work: tokio::sync::Notify::new(),
        node: app.node,
    });
    let mut board = Board::found(&past).await?;
    for event in events() {
        clock.advance(Time(now.0 - event.before_now).since(clock.now()));
        board.play(&past, event.act).await?;
    }
    board.clear_desk(&past).await
}

/// Something that happened, so long ago.
struct Event {
    before_now: i64,
    act: Act,
}

enum Act {
    Post(usize),
    Vote { post: usize, voter: usize },
    Status(usize, StatusKind),
    Say(usize, &'static Said),
}

/// All that happened, oldest first.
fn events() -> Vec<Event> {
    let mut events = Vec::new();
    let mut dice = Dice(0x5eed);
    let mut add = |before_now: i64, act: Act| {
        events.push(Event {
            before_now: before_now.max(MINUTE),
            act,
        });
    };
    for (at, idea) in POSTS.iter().enumerate() {
        let posted = days(idea.days_ago) + dice.below(12 * 60) * MINUTE;
        add(posted, Act::Post(at));
        for voter in voters(idea, &mut dice) {
            // Most votes come soon after the post, some weeks later.
            let share = dice.below(1_000) * dice.below(1_000);
            add(
                posted - posted / 1_000_000 * share - MINUTE,
                Act::Vote { post: at, voter },
            );
        }
        let mut last = posted;
        for said in idea.said {
            let (Said::Voter(_, days_ago, _)
            | Said::Answer(_, days_ago, _)
            | Said::Note(_, days_ago, _)) = said;
            last = (days(*days_ago) + dice.below(6 * 60) * MINUTE).min(last - MINUTE);
            add(last, Act::Say(at, said));
        }
        if let Some((kind, days_ago)) = idea.status {
            add(
                (days(days_ago) + 10 * MINUTE).min(posted - MINUTE),
                Act::Status(at, kind),
            );
        }
    }
    // What happened at one moment keeps its order: a post comes before its votes.
    events.sort_by_key(|event| -event.before_now);
    events
}

fn days(count: u32) -> i64 {
    i64::from(count) * DAY
}

/// So many voters besides the author, whose own vote is on the post already.
fn voters(idea: &Idea, dice: &mut Dice) -> Vec<usize> {
    let mut others: Vec<usize> = (0..VOTERS.len())
        .filter(|voter| *voter != idea.author)
        .collect();
    let mut chosen = Vec::new();
    while chosen.len() + 1 < idea.votes {
        let at = usize::try_from(dice.below(i64::try_from(others.len()).unwrap_or(1))).unwrap_or(0);
        chosen.push(others.swap_remove(at));
    }
    chosen
}

/// The same numbers every time: the sample is the same for everybody.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }
}

/// The sample project as it comes into being.
struct Board {
    voters: Vec<Caller>,
    team: Vec<Caller>,
    boards: Vec<BoardId>,
    statuses: Vec<(StatusKind, StatusId)>,
    posts: Vec<Option<PostId>>,
}

impl Board {
    /// What became of the ideas was told long ago; the newest is left to be decided.
    async fn clear_desk(&self, app: &App) -> anyhow::Result<()> {
        loop {
            let page = PageOf::default();
            let waiting = notices::list(app, &self.team[0], Some(true), &page).await?;
            if waiting.items.len() < 2 {
                return Ok(());
            }
            for notice in &waiting.items[1..] {
                notices::drop_it(app, &self.team[0], notice.id).await?;
            }
        }
    }

    /// The owner makes the project, its boards and its members; everybody signs in once.
    async fn found(app: &App) -> anyhow::Result<Board> {
        let owner = found_project(app).await?;
        let project = owner.project;
        for person in &TEAM {
            people::invite(app, &owner, person.email, Role::Moderator).await?;
        }
        let mut team = Vec::new();
        for person in &TEAM {
            team.push(arrive(app, project, person).await?);
        }
        let mut voters = Vec::new();
        for person in &VOTERS {
            voters.push(arrive(app, project, person).await?);
        }
        let boards = make_boards(app, &owner).await?;
        let statuses = boards::statuses(app, &owner)
            .await?
            .into_iter()
            .map(|status| (status.kind, status.id))
            .collect();
        Ok(Board {
            voters,
            team,
            boards,
            statuses,
            posts: vec![None; POSTS.len()],
        })
    }

    async fn play(&mut self, app: &App, act: Act) -> anyhow::Result<()> {
        match act {
            Act::Post(at) => {
                let idea = &POSTS[at];
                let new = NewPost {
                    board: self.boards[idea.board],
                    title: idea.title.to_owned(),
                    body: idea.body.to_owned(),
                    submit_key: None,
                };
                let post = posts::submit(app, &self.voters[idea.author], &new).await?;
                self.posts[at] = Some(post.row.id);
            }
            Act::Vote { post, voter } => {
                votes::vote(app, &self.voters[voter], self.post(post)?).await?;
            }
            Act::Status(post, kind) => {
                let status = self
                    .statuses
                    .iter()
                    .find(|(known, _)| *known == kind)
                    .context("a status of every kind")?
                    .1;
                posts::set_status(app, &self.team[0], self.post(post)?, status, Cause::Page)
                    .await?;
            }
            Act::Say(post, said) => {
                let (who, body, is_internal, is_official) = match said {
                    Said::Voter(who, _, text) => (&self.voters[*who], text, false, false),
                    Said::Answer(who, _, text) => (&self.team[*who], text, false, true),
                    Said::Note(who, _, text) => (&self.team[*who], text, true, false),
                };
                let new = NewComment {
                    body: (*body).to_owned(),
                    is_internal,
                    is_official,
                    submit_key: None,
                };
                comments::add(app, who, self.post(post)?, &new).await?;
            }
        }
        Ok(())
    }

    fn post(&self, at: usize) -> anyhow::Result<PostId> {
        self.posts[at].context("a post comes before what is said of it")
    }
}

async fn found_project(app: &App) -> anyhow::Result<Caller> {
    let secret = sign_in::owner_link(app)
        .await?
        .context("a new board has no owner")?;
    let owner = &sample::OWNER;
    let signed_in = sign_in::claim(
        app,
        &secret,
        sample::PROJECT,
        owner.email,
        owner.name,
        String::new(),
        "",
    )
    .await?;
    let project = projects::first(app)
        .await?
        .context("the project that was made just now")?;
    Ok(sign_in::caller_of_session(app, &signed_in.secret, project.id).await?)
}

/// Somebody asks for a sign-in link, reads the mail, and is there.
async fn arrive(app: &App, project: ProjectId, person: &Person) -> anyhow::Result<Caller> {
    // Each from an address of their own, as in life; nothing counts or keeps it here.
    sign_in::request_link(app, person.email, person.name, "/", person.email).await?;
    let letters = app.mail.letters();
    let letter = letters
        .iter()
        .find(|letter| letter.to.expose() == person.email)
        .ok_or_else(|| anyhow!("no mail came for {}", person.name))?;
    let secret = letter
        .text
        .split_once("/sign-in/link/")
        .map(|(_, rest)| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .next()
                .unwrap_or_default()
        })
        .context("a sign-in mail holds its link")?;
    let signed_in = sign_in::finish_link(app, &LinkSecret::new(secret.to_owned()), "").await?;
    let caller = sign_in::caller_of_session(app, &signed_in.secret, project).await?;
    people::rename(app, &caller, person.name).await?;
    // Nobody sits at these browsers afterwards.
    Ok(caller)
}

async fn make_boards(app: &App, owner: &Caller) -> anyhow::Result<Vec<BoardId>> {
    let mut there = boards::list(app, owner).await?.into_iter();
    let mut made = Vec::new();
    for (name, slug, description) in BOARDS {
        let form = BoardForm {
            name: name.to_owned(),
            slug: slug.to_owned(),
            description: description.to_owned(),
            visibility: "public".to_owned(),
        };
        // The project came with a first board.
        let board = match there.next() {
            Some(first) => boards::edit(app, owner, first.id, &form).await?,
            None => boards::create(app, owner, &form).await?,
        };
        made.push(board.id);
    }
    Ok(made)
}
