//! The whole product and the simulated Atlassian in one process, both on clocks that a story moves.

use std::{future::Future, ops::Deref, pin::pin, task::Poll, time::Duration};

use tempfile::TempDir;
use upvow_app::{Time, jobs, sign_in};

use super::{
    desk::Desk,
    product::{Place, Product},
};

/// When every history begins: in September 2026.
pub(super) const START: Time = Time(1_790_000_000_000);

/// The board, its owner, and Jira.
pub(super) struct Town {
    desk: Desk,
    product: Option<Product>,
    _folder: TempDir,
}

impl Town {
    /// Jira is connected.
    pub(super) async fn start() -> Town {
        let sim = Desk::simulator(START).await;
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path().to_owned(), &sim);
        let home = place.home();
        let product = Product::open(place, START).await;
        let claim = sign_in::owner_link(&product.app).await.unwrap().unwrap();
        let mut desk = Desk::claim(sim, &home, claim.expose()).await;
        desk.connect().await;
        let town = Town {
            desk,
            product: Some(product),
            _folder: folder,
        };
        town.work().await;
        town
    }

    fn product(&self) -> &Product {
        self.product.as_ref().expect("it lives")
    }

    /// Everything that is due is done, and Jira has said what it had to say.
    pub(super) async fn work(&self) {
        loop {
            self.jira().wait_settled().await;
            if jobs::drain(&self.product().app).await == 0 {
                return;
            }
        }
    }

    /// The worker does what is due and ends without a word after so many steps; then the program starts again.
    pub(super) async fn crash(&mut self, steps: u32) {
        {
            let mut work = pin!(jobs::drain(&self.product().app));
            let mut left = steps;
            std::future::poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(());
                }
                left -= 1;
                work.as_mut().poll(context).map(drop)
            })
            .await;
        }
        let old = self.product.take().expect("it lives");
        self.product = Some(old.reborn().await);
        // A dead worker's lease ends.
        self.pass(Duration::from_secs(61)).await;
    }

    /// Time passes, here and at Jira.
    pub(super) async fn pass(&self, span: Duration) {
        // What Jira signs says when it ends: nothing is under way while the clocks go one after the other.
        self.jira().wait_settled().await;
        self.product().app.clock.advance(span);
        self.jira().clock().advance(span);
    }
}

impl Deref for Town {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}
