//! Listening.

use std::{net::SocketAddr, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Web;

/// How long answers under way may take to finish once the program stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves until `stop`, then takes no new connections and lets the answers under way finish.
pub async fn serve(
    listener: TcpListener,
    mut web: Web,
    stop: CancellationToken,
) -> std::io::Result<()> {
    web.stop = stop.clone();
    let service = crate::router(web).into_make_service_with_connect_info::<SocketAddr>();
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        done = serving => done,
        () = async {
            stop.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        } => Ok(()),
    }
}
