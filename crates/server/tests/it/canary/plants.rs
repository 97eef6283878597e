//! Leaks, one in each place, each of another person's string and in another form: whoever looks must find each.

use std::{net::TcpStream, path::Path, time::Instant};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use upvow_db::{Db, Tuning, args};
use upvow_server::commands::demo::{search::strings, walk::browser::Browser};

use super::{cluster::Cluster, visitors::Visitors, world::World};
use crate::harness::{Needles, PATIENCE};

/// What must be found, and in which place.
pub(super) type Planted = Vec<(String, &'static str)>;

/// Plants everything but what is in memory.
pub(super) async fn plant(world: &mut World, visitors: &Visitors) -> Planted {
    let texts = strings(&world.people);
    let mut texts = texts.into_iter().filter(|text| text.len() >= 20);
    let mut next = || texts.next().expect("enough people");
    let mut planted = Planted::new();
    let is_postgres = world.cluster.is_some();

    // By the board's own ways: a comment is in the database and its journal, on a page, in the API and in a backup.
    let (name, post) = (next(), world.town.post("A post").await);
    let body = json!({ "body": format!("Ask {name}.") });
    world
        .town
        .send(Method::POST, &format!("/posts/{post}/comments"), body)
        .await;
    for place in [
        "answer to nobody: /p/town/posts/post_",
        "answer to voter: /api/v1/projects/town/posts/post_",
        "answer to program: /api/v1/projects/town/posts/post_",
        if is_postgres {
            "unpacked"
        } else {
            "late/main.db"
        },
        if is_postgres {
            "table public.comments"
        } else {
            "upvow.db-wal"
        },
        if is_postgres {
            "file of database 0"
        } else {
            "upvow.db"
        },
    ] {
        planted.push((name.clone(), place));
    }
    if is_postgres {
        planted.push((name, "journal"));
    }
    visitors
        .look(&world.town, &["nobody", "voter"], &mut world.heard)
        .await;
    world.back_up("late");

    // A letter, to an address that is somebody's in Jira.
    let email = strings(&world.people)
        .into_iter()
        .find(|text| text.contains('@'))
        .unwrap();
    let body = json!({ "email": email, "role": "moderator" });
    world.town.send(Method::POST, "/members", body).await;
    let begun = Instant::now();
    while !world
        .office
        .letters()
        .iter()
        .any(|letter| letter.contains(&email))
    {
        assert!(begun.elapsed() < PATIENCE, "the letter comes");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    planted.push((email, "letter"));

    // Bytes in the vault's database, far from their beginning.
    let name = next();
    let bytes = [&[7; 100], name.as_bytes(), &[8; 100]].concat();
    let vault = Db::connect(&world.town.server.databases()[1], Tuning::default())
        .await
        .unwrap();
    let mut tx = vault.write().await.unwrap();
    let table = if is_postgres {
        "CREATE TABLE planted (bytes BYTEA)"
    } else {
        "CREATE TABLE planted (bytes BLOB)"
    };
    tx.run(table, vec![]).await.unwrap();
    tx.run("INSERT INTO planted (bytes) VALUES ($1)", args![bytes])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    vault.close().await;
    planted.push((
        name.clone(),
        if is_postgres {
            "table public.planted"
        } else {
            "vault.db"
        },
    ));
    if is_postgres {
        planted.push((name, "file of database 1"));
    }

    if let Some(cluster) = world.cluster.as_ref().filter(|_| Cluster::log().is_some()) {
        let name = next();
        cluster.complain(&name);
        planted.push((name, "log of PostgreSQL"));
    }
    in_files(world, &mut next, &mut planted);

    // What commands and figures say, and the head of an answer.
    let mark = world.texts().into_iter().min_by_key(String::len).unwrap();
    world.run(&["simulate-jira", "--people", "--marked", &mark]);
    planted.push((mark, "said by upvow simulate-jira"));
    let (figure, head) = (next(), next());
    let liar = liar(&figure, &head).await;
    world.measure(&liar).await;
    planted.push((figure, "figures"));
    let browser = Browser::new(&liar).unwrap();
    let page = browser.get("/").await.unwrap();
    world.heard.page("a liar", &page);
    planted.push((head, "answer to a liar"));
    planted
}

/// In every folder, each in another form.
fn in_files(world: &World, next: &mut impl FnMut() -> String, planted: &mut Planted) {
    type Form = fn(&str) -> Vec<u8>;
    let data = world.town.server.folder();
    let forms: [(&Path, &'static str, Form); 11] = [
        (&data, "logs/upvow-0000000000001.jsonl", |text| {
            json!({ "message": text }).to_string().into_bytes()
        }),
        (&data, "logs/upvow-0000000000002.jsonl", |text| {
            let escaped = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
            escaped.collect::<String>().into_bytes()
        }),
        (&data, "stdout.txt", |text| {
            URL_SAFE_NO_PAD.encode(text).into_bytes()
        }),
        (&data, "stderr.txt", |text| {
            URL_SAFE_NO_PAD.encode(format!("a{text}z")).into_bytes()
        }),
        (&data, "keys/erasures.old", |text| {
            URL_SAFE_NO_PAD.encode(format!("ab{text}z")).into_bytes()
        }),
        (&data, "vault.db-journal.old", |text| {
            let digits = text.bytes().map(|byte| format!("{byte:02X}"));
            digits.collect::<String>().into_bytes()
        }),
        (&data, "receipts/odd", |text| {
            let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": text, "exp": 1 }).to_string());
            format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2lnbmVk").into_bytes()
        }),
        (world.temporary.path(), "part", |text| {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }),
        (world.temporary.path(), "etilqs_1", |text| {
            let percent = text.bytes().map(|byte| format!("%{byte:02x}"));
            percent.collect::<String>().into_bytes()
        }),
        (world.shelf.path(), "early/notes.txt", |text| {
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        }),
        (world.shelf.path(), "disk/upvow.db-wal.old", |text| {
            [b"\0\0", text.to_uppercase().as_bytes(), b"\0"].concat()
        }),
    ];
    for (folder, place, form) in forms {
        let path = folder.join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let name = next();
        let mut content = std::fs::read(&path).unwrap_or_default();
        content.extend(form(&name));
        std::fs::write(path, content).unwrap();
        planted.push((name, place));
    }
    // The name of a file is a place, too.
    let name = next();
    let file = format!("odd-{}", URL_SAFE_NO_PAD.encode(&name));
    std::fs::write(world.temporary.path().join(file), "").unwrap();
    planted.push((name, "/odd-"));
}

/// Answers everything with figures and a head that hold these.
async fn liar(figure: &str, head: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let body = format!("upvow_pages{{site=\"{figure}\"}} 1\n");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nx-who: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        URL_SAFE_NO_PAD.encode(head),
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let mut asked = vec![0; 16 * 1024];
            let _ = line.read(&mut asked).await;
            let _ = line.write_all(answer.as_bytes()).await;
        }
    });
    address
}

/// A request that is never finished: what came of it stays in the server's memory as long as it waits. The look at memory
/// must find it there.
pub(super) async fn in_memory(world: &World) {
    use std::io::Write as _;
    let text = strings(&world.people).into_iter().next_back().unwrap();
    let needles = Needles::new([("planted", text.as_str())]);
    let address = world.town.server.address("");
    let mut line = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let head = "POST /hooks/jira/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    line.write_all(format!("{head}{text}").as_bytes()).unwrap();
    let begun = Instant::now();
    loop {
        let seen = needles.search_process(world.town.server.process()).unwrap();
        if seen.found.contains("planted, plain") {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "the look at memory is blind: {seen:?}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
