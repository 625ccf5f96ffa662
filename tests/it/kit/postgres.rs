//! PostgreSQL for the tests: TEST_DATABASE_URL, or a throwaway cluster of this test run.
//!
//! The cluster is started with the installed binaries in a temporary folder, without fsync, and
//! ends with this process: its keeper holds a pipe from us and stops the server when it closes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// An administration address: databases are created beside the one that it names.
#[derive(Clone, Debug)]
pub struct Cluster {
    base: String,
}

struct Keeper {
    cluster: Cluster,
    _child: Child,
    _pipe: ChildStdin,
}

static KEEPER: OnceLock<Option<Keeper>> = OnceLock::new();

impl Cluster {
    /// The cluster of this run; `None` when there is no PostgreSQL. Under CI that is a failure.
    pub fn find() -> Option<Self> {
        if let Ok(base) = std::env::var("TEST_DATABASE_URL") {
            return Some(Self { base });
        }
        let keeper = KEEPER.get_or_init(start);
        if keeper.is_none() {
            assert!(
                std::env::var_os("CI").is_none(),
                "No PostgreSQL binaries and no TEST_DATABASE_URL: under CI the PostgreSQL half must run."
            );
            let _ = std::io::stderr().write_all(
                b"\n*** PostgreSQL is not installed: its half of the tests does NOT run. ***\n\n",
            );
        }
        keeper.as_ref().map(|keeper| keeper.cluster.clone())
    }

    /// The address of another database of the same cluster.
    pub fn url(&self, database: &str) -> String {
        let (place, _) = self.base.rsplit_once('/').unwrap_or((&self.base, ""));
        format!("{place}/{database}")
    }

    /// The administration address.
    pub fn admin(&self) -> &str {
        &self.base
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    versions.reverse();
    // The real folder first: wrappers on the PATH may only know some of the programs.
    versions.append(&mut folders);
    versions.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"))
}

/// `initdb` refuses root; then the cluster belongs to the user `postgres`.
fn as_owner(root: bool, program: &Path) -> Command {
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn start() -> Option<Keeper> {
    let initdb = program("initdb")?;
    let postgres = program("postgres")?;
    let root = is_root();
    let folder = std::env::temp_dir().join(format!("earshot-pg-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    if root {
        let owned = Command::new("chown").arg("postgres").arg(&folder).status().ok()?;
        assert!(owned.success(), "the folder of the cluster must belong to postgres");
    }
    let data = folder.join("data");
    let made = as_owner(root, &initdb)
        .arg("-D")
        .arg(&data)
        .args(["-U", "earshot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        .current_dir(&folder)
        .output()
        .ok()?;
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let port = free_port();
    let (child, pipe) = keep(root, &postgres, &folder, port);
    let base = format!("postgres://earshot@127.0.0.1:{port}/postgres");
    await_ready(&base, port);
    Some(Keeper { cluster: Cluster { base }, _child: child, _pipe: pipe })
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .expect("a free port")
}

/// Starts the server under a shell that stops it and removes the folder when our pipe closes,
/// however this process ends.
fn keep(root: bool, postgres: &Path, folder: &Path, port: u16) -> (Child, ChildStdin) {
    let script = format!(
        "\"$1\" -D \"$2/data\" -p {port} -k \"$2\" -h 127.0.0.1 -c fsync=off -c synchronous_commit=off \
         -c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB >\"$2/log\" 2>&1 & \
         server=$!; read -r _; kill -INT $server; wait $server; rm -rf \"$2/data\" \"$2/log\""
    );
    let mut command = as_owner(root, Path::new("/bin/sh"));
    let mut child = command
        .args(["-c", &script, "sh"])
        .arg(postgres)
        .arg(folder)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the PostgreSQL server starts");
    let pipe = child.stdin.take().expect("a pipe");
    (child, pipe)
}

/// Asks the socket until the server answers the SSL request: 'N' or 'S'.
fn await_ready(base: &str, port: u16) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        if answers(port) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start in 60 s: {base}");
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
    let ssl_request = [0, 0, 0, 8, 4, 210, 22, 47];
    let mut answer = [0_u8; 1];
    stream.write_all(&ssl_request).is_ok() && stream.read_exact(&mut answer).is_ok()
}
