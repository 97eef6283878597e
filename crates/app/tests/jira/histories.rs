//! Random histories of one person: connecting, erasing, coming back, copies put back, crashes at any time. After each
//! step what was promised must hold, whatever came before it.

use upvow_app::{
    connect::{State, goodbye, wizard},
    privacy::erasure::{self, ErasureReason},
    sync::intake::Delivery,
};
use upvow_domain::{
    ConnectionId,
    secret::{AccountId, WebhookToken},
};

use crate::{
    atlassian::SECRET,
    harness::Backup,
    town::{Town, code_of, jwt, session},
};

const HOUR: u64 = 3_600;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Connect,
    Disconnect,
    Erase,
    Webhook,
    Refresh,
    BackUp,
    RestoreMain,
    RestoreVault,
    Lift,
    Crash,
    Work,
}

const ACTS: [Act; 11] = [
    Act::Connect,
    Act::Disconnect,
    Act::Erase,
    Act::Webhook,
    Act::Refresh,
    Act::BackUp,
    Act::RestoreMain,
    Act::RestoreVault,
    Act::Lift,
    Act::Crash,
    Act::Work,
];

/// What must be so.
#[derive(Debug, Clone, Copy, Default)]
struct Model {
    /// The person asked to be left alone, and did not take it back.
    is_suppressed: bool,
    /// Something may be held of the person. Never true again but by an act of theirs.
    may_be_held: bool,
}

struct Story {
    town: Town,
    model: Model,
    backup: Option<Backup>,
    /// What Jira said to the first connection, and where.
    body: String,
    door: String,
}

impl Story {
    fn account(&self) -> AccountId {
        AccountId::new(self.town.atlassian.world().account.clone())
    }

    async fn connections(&self) -> Vec<ConnectionId> {
        let listed = upvow_app::connect::list(self.town.app(), self.town.owner()).await;
        let listed = listed.unwrap().into_iter();
        listed
            .filter(|found| !matches!(found.state, State::Disconnecting | State::Invalidated))
            .map(|found| found.id)
            .collect()
    }

    async fn act(mut self, act: Act) -> Story {
        match act {
            Act::Connect => {
                let state = self.town.begin(None).await;
                let came = self.town.finish(&state).await;
                if self.model.is_suppressed {
                    assert_eq!(code_of(came), "suppressed");
                } else {
                    came.unwrap();
                    self.model.may_be_held = true;
                }
            }
            Act::Disconnect => {
                for id in self.connections().await {
                    goodbye::disconnect(self.town.app(), self.town.owner(), id)
                        .await
                        .unwrap();
                }
            }
            Act::Erase => {
                erasure::erase_account(self.town.app(), &self.account(), ErasureReason::Request)
                    .await
                    .unwrap();
                self.model = Model {
                    is_suppressed: true,
                    may_be_held: false,
                };
                assert!(self.connections().await.is_empty(), "all stopped at once");
            }
            Act::Webhook => {
                // At the door of the first connection, be it long gone.
                let delivery = Delivery {
                    token: WebhookToken::new(self.door.clone()),
                    authorization: vec![format!("Bearer {}", jwt(SECRET, r#"{"alg":"HS256"}"#))],
                    delivery_id: None,
                    body: self.body.clone().into_bytes(),
                };
                upvow_app::sync::intake::receive(self.town.app(), delivery).await;
            }
            Act::Refresh => {
                self.town.wait(2 * HOUR);
                for id in self.connections().await {
                    let asked = wizard::sites(self.town.app(), self.town.owner(), id).await;
                    assert!(
                        asked.is_err() || self.model.may_be_held,
                        "a token of nobody"
                    );
                }
            }
            Act::BackUp => self.backup = Some(self.town.world.backup()),
            Act::RestoreMain | Act::RestoreVault => {
                if let Some(backup) = &self.backup {
                    let (main, vault) = (act == Act::RestoreMain, act == Act::RestoreVault);
                    self.town = self.town.restore_or_start_over(backup, main, vault).await;
                }
            }
            Act::Lift => {
                if self.model.is_suppressed {
                    self.lift().await;
                }
            }
            Act::Crash => self.town = self.town.begin_again().await,
            Act::Work => {
                self.town.wait(2 * HOUR);
                self.town.work().await;
            }
        }
        self
    }

    async fn lift(&mut self) {
        let (app, owner) = (self.town.app(), self.town.owner());
        let state = self.town.begin(None).await;
        assert_eq!(code_of(self.town.finish(&state).await), "suppressed");
        let url = upvow_app::connect::lift::confirm(app, owner, &session(), &state).await;
        let url = url::Url::parse(&url.unwrap()).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state");
        self.town.finish(&state.unwrap().1).await.unwrap();
        self.model = Model {
            is_suppressed: false,
            may_be_held: true,
        };
    }

    async fn look(&self) {
        let app = self.town.app();
        let account = self.account();
        let stands = app.vault.suppressed(&account, app.now()).await.unwrap();
        assert_eq!(stands.is_some(), self.model.is_suppressed, "the tombstone");
        let counts = app.vault.counts().await.unwrap();
        if !self.model.may_be_held {
            assert_eq!((counts.grants, counts.dead), (0, 0), "nothing is of use");
            assert_eq!(app.vault.grant_of(&account).await.unwrap(), None);
            assert_eq!(self.connections().await, vec![], "and nothing is at work");
        }
        assert_eq!(app.vault.check().await.unwrap(), vec![]);
    }

    /// What must be so once everything is done.
    async fn end(self) {
        self.town.work().await;
        self.town.wait(26 * HOUR);
        self.town.work().await;
        self.town.work().await;
        self.look().await;
        let app = self.town.app();
        let held = erasure::holds(app, &self.account()).await.unwrap();
        assert!(!held || self.model.may_be_held, "it is gone for good");
        let counts = app.vault.counts().await.unwrap();
        assert_eq!((counts.revoke_only, counts.open_erasures), (0, 0));
        let account = self.account();
        for (place, bytes) in self.town.world.everything() {
            for word in [account.expose(), "Zoe Zebra", "zoe@corp.example"] {
                let found = bytes
                    .windows(word.len())
                    .any(|part| part == word.as_bytes());
                assert!(!found, "{word} in {place}");
            }
        }
        // One receipt of each erasure, whatever was put back.
        let erasures = app.vault.final_since(upvow_app::Time(0)).await.unwrap();
        let receipts = "SELECT CAST(COUNT(*) AS BIGINT) FROM receipts";
        let receipts = self.town.rows(receipts).await;
        assert_eq!(receipts, i64::try_from(erasures.len()).unwrap());
    }
}

/// Promise 5.2, 5.4, 5.7.
#[tokio::test]
async fn whatever_happens_an_erased_person_does_not_come_back() {
    // PostgreSQL makes a database for each copy, which takes its time.
    let seeds = if std::env::var("UPVOW_TEST_POSTGRES_URL").is_ok() {
        4
    } else {
        10
    };
    let mut seen = std::collections::BTreeSet::new();
    // Longer, by hand: UPVOW_TEST_HISTORIES=200.
    let seeds = std::env::var("UPVOW_TEST_HISTORIES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(seeds);
    for seed in 1..=seeds {
        let town = Town::start().await;
        town.atlassian.world().account = format!("712020:canary-of-history-{seed}");
        town.connect().await;
        let mut story = Story {
            body: town.body("jira:issue_updated", 1),
            door: town.door().expose().to_owned(),
            town,
            model: Model {
                is_suppressed: false,
                may_be_held: true,
            },
            backup: None,
        };
        let mut acts = vec![Act::BackUp];
        let mut draw = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed);
        for _ in 0..14 {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from((draw >> 33) % ACTS.len() as u64).unwrap();
            acts.push(ACTS[index]);
        }
        eprintln!("history {seed}: {acts:?}");
        for act in acts {
            eprintln!("  {act:?}");
            seen.insert(format!("{act:?}"));
            story = story.act(act).await;
            story.look().await;
        }
        story.end().await;
    }
    assert!(seen.len() >= 9, "the histories are of many kinds: {seen:?}");
}
