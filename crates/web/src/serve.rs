//! Listening. Connections are handled here rather than by `axum::serve`, because that gives a client all the time it
//! likes to send the head of its request.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use crate::Web;

/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// How long answers under way may take to finish once the program stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves until `stop`, then takes no new connections and lets the answers under way finish.
pub async fn serve(listener: TcpListener, mut web: Web, stop: CancellationToken) -> io::Result<()> {
    web.stop = stop.clone();
    serve_routes(listener, crate::router(web), stop, HEAD_WITHIN).await;
    Ok(())
}

async fn serve_routes(
    listener: TcpListener,
    routes: Router,
    stop: CancellationToken,
    head_within: Duration,
) {
    // HTTP/2 needs TLS to be spoken by browsers, and TLS ends at the proxy in front.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within);
    let goodbye = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // A client that is gone already, or no file handle left: the latter needs a moment.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Answers go out as they are written; without it the connection still works.
        let _ = stream.set_nodelay(true);
        let peer: SocketAddr = peer;
        let service = Extension(ConnectInfo(peer)).layer(routes.clone());
        let connection = builder
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = goodbye.watch(connection);
        tokio::spawn(async move {
            // A connection that broke is the client's matter.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, goodbye.shutdown()).await;
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever calls from outside connects as they like"
)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        sync::oneshot,
        task::JoinHandle,
    };

    use super::*;

    async fn start(
        routes: Router,
        head_within: Duration,
    ) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve_routes(listener, routes, stop.clone(), head_within));
        (address, stop, serving)
    }

    /// Everything the server still sends, until it closes.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut text))
            .await
            .expect("the server closes")
            .unwrap();
        text
    }

    #[tokio::test]
    async fn who_never_finishes_asking_is_cut_off() {
        let (address, _stop, _) = start(Router::new(), Duration::from_millis(100)).await;
        for half in ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(half.as_bytes()).await.unwrap();
            let answer = rest(&mut stream).await;
            assert!(!answer.contains("200"), "{half:?}: {answer}");
        }
    }

    #[tokio::test]
    async fn stopping_lets_answers_under_way_finish() {
        let (arrived, has_arrived) = oneshot::channel();
        let (finish, may_finish) = oneshot::channel::<()>();
        let both = std::sync::Mutex::new(Some((arrived, may_finish)));
        let both = std::sync::Arc::new(both);
        let answer = move || {
            let (arrived, may_finish) = both.lock().unwrap().take().unwrap();
            async move {
                arrived.send(()).unwrap();
                may_finish.await.unwrap();
                "done"
            }
        };
        let routes = Router::new().route("/", get(answer));
        let (address, stop, serving) = start(routes, Duration::from_secs(20)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        has_arrived.await.unwrap();
        stop.cancel();
        finish.send(()).unwrap();
        assert!(rest(&mut stream).await.ends_with("done"));
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens");
    }

    #[tokio::test]
    async fn a_handler_learns_the_address_of_its_client() {
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let (address, _stop, _) =
            start(Router::new().route("/", get(who)), Duration::from_secs(20)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mine = stream.local_addr().unwrap().to_string();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        assert!(rest(&mut stream).await.ends_with(&mine));
    }
}
