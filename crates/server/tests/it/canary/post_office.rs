//! A mail server that keeps what it is given, as it is given.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// The mail server. Clones are the same one.
#[derive(Clone)]
pub(super) struct PostOffice {
    port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl PostOffice {
    pub(super) async fn open() -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let office = PostOffice {
            port: listener.local_addr().unwrap().port(),
            letters: Arc::default(),
        };
        let open = office.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let one = open.clone();
                tokio::spawn(async move { one.take(line).await });
            }
        });
        office
    }

    pub(super) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The letters with their envelopes, each as it came, and with its soft line ends taken out: what lies across one is
    /// whole again.
    pub(super) fn letters(&self) -> Vec<String> {
        let letters = self.letters.lock().unwrap();
        letters
            .iter()
            .map(|letter| {
                let unfolded = letter.replace("=\r\n", "");
                let joined = letter.replace("\r\n", "");
                format!("{letter}\n{unfolded}\n{joined}")
            })
            .collect()
    }

    async fn take(&self, line: TcpStream) -> Option<()> {
        let (from, mut to) = line.into_split();
        let mut from = BufReader::new(from);
        to.write_all(b"220 here\r\n").await.ok()?;
        let mut letter = String::new();
        loop {
            let mut said = String::new();
            if from.read_line(&mut said).await.ok()? == 0 {
                return None;
            }
            letter.push_str(&said);
            let verb = said.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "DATA" => {
                    to.write_all(b"354 go on\r\n").await.ok()?;
                    let begun = letter.len();
                    while !letter[begun..].ends_with("\r\n.\r\n") {
                        if from.read_line(&mut letter).await.ok()? == 0 {
                            return None;
                        }
                    }
                    self.letters
                        .lock()
                        .unwrap()
                        .push(std::mem::take(&mut letter));
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 yes",
            };
            to.write_all(format!("{answer}\r\n").as_bytes())
                .await
                .ok()?;
        }
    }
}
