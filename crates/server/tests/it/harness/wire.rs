//! A wire between the server and Atlassian, on which everything is heard and an answer can be held back.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// The wire. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

struct Inner {
    url: String,
    far: String,
    /// Everything that passed, both ways.
    heard: Mutex<Vec<u8>>,
    /// Answers of the token endpoint are held back for ever.
    holds: AtomicBool,
    held: Semaphore,
}

impl Wire {
    /// Leads to this address.
    pub(crate) async fn to(url: &str) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url_here = format!("http://{}", listener.local_addr().unwrap());
        let far = url.strip_prefix("http://").unwrap().trim_end_matches('/');
        let wire = Wire(Arc::new(Inner {
            url: url_here,
            far: far.to_owned(),
            heard: Mutex::default(),
            holds: AtomicBool::new(false),
            held: Semaphore::new(0),
        }));
        let every = wire.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let one = every.clone();
                tokio::spawn(async move { one.carry(near).await });
            }
        });
        wire
    }

    pub(crate) fn url(&self) -> String {
        self.0.url.clone()
    }

    pub(crate) fn hold(&self, holds: bool) {
        self.0.holds.store(holds, Ordering::SeqCst);
    }

    /// An answer of the token endpoint is here, and goes no further.
    pub(crate) async fn held(&self) {
        self.0.held.acquire().await.unwrap().forget();
    }

    /// Everything that passed, as text.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&self.0.heard.lock().unwrap()).into_owned()
    }

    async fn carry(&self, near: TcpStream) {
        let Ok(far) = TcpStream::connect(&self.0.far).await else {
            return;
        };
        let (mut near_in, mut near_out) = near.into_split();
        let (mut far_in, mut far_out) = far.into_split();
        let asks_for_tokens = AtomicBool::new(false);
        let there = async {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = near_in.read(&mut bytes).await {
                self.hear(&bytes[..count]);
                let asks = bytes[..count].starts_with(b"POST /oauth/token");
                asks_for_tokens.fetch_or(asks, Ordering::SeqCst);
                if far_out.write_all(&bytes[..count]).await.is_err() {
                    break;
                }
            }
        };
        let back = async {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = far_in.read(&mut bytes).await {
                self.hear(&bytes[..count]);
                if self.0.holds.load(Ordering::SeqCst) && asks_for_tokens.load(Ordering::SeqCst) {
                    self.0.held.add_permits(1);
                    std::future::pending::<()>().await;
                }
                if near_out.write_all(&bytes[..count]).await.is_err() {
                    break;
                }
            }
        };
        // Whoever hangs up ends it.
        tokio::select! {
            () = there => {}
            () = back => {}
        }
    }

    fn hear(&self, bytes: &[u8]) {
        self.0.heard.lock().unwrap().extend_from_slice(bytes);
    }
}
