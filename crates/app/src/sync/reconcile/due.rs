//! When the periodic pass begins a comparison: every night, and after this server was not at work.

use std::time::Duration;

use upvow_domain::{ConnectionId, Time};
use upvow_store::reconciles;

use super::{Cause, begin};
use crate::{App, Result, settings::Night};

/// Jira tries a delivery again for at least this long. A shorter gap of ours lost nothing.
const JIRA_TRIES_FOR: Duration = Duration::from_mins(20);

/// One look.
pub(crate) async fn pass(app: &App) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    let before = reconciles::beat(&mut tx, now).await?;
    reconciles::end_strays(&mut tx, now).await?;
    let was_away = before.is_some_and(|at| now.since(at) > JIRA_TRIES_FOR);
    let mut begun = false;
    for due in reconciles::at_work(&mut tx).await? {
        let since = due.compared_at.unwrap_or(due.created_at);
        let cause = if was_away {
            Cause::ServerGap
        } else if app
            .settings
            .compare_at
            .is_some_and(|night| since < slot(night, due.id, now))
        {
            Cause::Nightly
        } else {
            continue;
        };
        begin(&mut tx, app, due.project_id, due.id, cause).await?;
        begun = true;
    }
    tx.commit().await?;
    if begun {
        app.work.notify_one();
    }
    Ok(())
}

const DAY: i64 = 24 * 3_600_000;

/// The last time at or before `now` at which this connection's turn of the night came: spread over the night by its id,
/// so that not all sites are asked at once, and the same on all nodes.
fn slot(night: Night, connection: ConnectionId, now: Time) -> Time {
    let from = i64::from(night.from) * 3_600_000;
    let hours = i64::from((night.to + 24 - night.from) % 24).max(1);
    let spread = i64::from(u16::from_be_bytes([
        connection.uuid().as_bytes()[14],
        connection.uuid().as_bytes()[15],
    ]));
    let offset = from + hours * 3_600_000 * spread / (i64::from(u16::MAX) + 1);
    let today = now.0.div_euclid(DAY) * DAY + offset;
    let latest = if today > now.0 { today - DAY } else { today };
    // A night that goes over midnight began yesterday.
    Time(if latest + DAY <= now.0 {
        latest + DAY
    } else {
        latest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(last: u16) -> ConnectionId {
        ConnectionId::new(uuid::Uuid::from_u128(u128::from(last)))
    }

    #[test]
    fn every_connection_has_its_turn_once_a_night_and_they_are_spread() {
        let night = Night { from: 22, to: 4 };
        for last in [0, 1, 9_999, 40_000, u16::MAX] {
            let one = connection(last);
            let noon = Time(20_000 * DAY + DAY / 2);
            let turn = slot(night, one, noon);
            assert!(turn <= noon && noon.0 - turn.0 < DAY, "{last}");
            let hour = turn.0.rem_euclid(DAY) / 3_600_000;
            assert!(!(4..22).contains(&hour), "{last}: {hour}");
            assert_eq!(slot(night, one, Time(noon.0 + DAY)).0 - turn.0, DAY);
        }
        let first = slot(night, connection(0), Time(20_000 * DAY));
        let last = slot(night, connection(u16::MAX), Time(20_000 * DAY));
        assert_ne!(first, last);
    }
}
