//! The running simulator: the world, and whoever waits for it to change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::state::World;

pub(crate) struct Sim {
    world: Mutex<World>,
    changed: watch::Sender<u64>,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
}

impl Sim {
    pub(crate) fn new(world: World) -> Self {
        let clock = world.clock.clone();
        Self {
            world: Mutex::new(world),
            changed: watch::Sender::new(0),
            clock,
            stop: CancellationToken::new(),
        }
    }

    /// Does something to the world and tells everybody who waits.
    pub(crate) fn act<R>(&self, what: impl FnOnce(&mut World) -> R) -> R {
        let result = what(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// Looks at the world, or does something nobody waits for.
    pub(crate) fn quietly<R>(&self, what: impl FnOnce(&mut World) -> R) -> R {
        what(&mut self.lock())
    }

    /// Tells when the world changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Resolves when `done` holds.
    pub(crate) async fn until(&self, done: impl Fn(&World) -> bool) {
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            if self.quietly(|world| done(world)) {
                return;
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A handler that panicked has answered nothing; the world is still the best there is.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
