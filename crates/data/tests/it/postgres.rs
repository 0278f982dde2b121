//! Rows from a PostgreSQL server: the one that `JOINTLY_TEST_POSTGRES` names, or one started here.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jointly_data::{Dataset, Error};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support::{SAME_NAMES, declaration, rows, says, schema};

const TABLE: &str = "
    DROP TABLE IF EXISTS jointly_people;
    CREATE TABLE jointly_people (age int2, sex char(1), cholesterol numeric(6,2), seen date, at timestamp, note varchar);
    INSERT INTO jointly_people VALUES
        (63, 'M', 233.25, '2024-05-01', '2024-05-01 23:59:59', 'x'), (64, 'F', NULL, NULL, NULL, NULL);";

#[tokio::test]
async fn tables_queries_and_errors() {
    let server = Server::find();
    let (client, connection) = tokio_postgres::connect(&server.address, NoTls).await.unwrap_or_else(|e| {
        panic!("no PostgreSQL server at `{}`: {e}; start it, or unset JOINTLY_TEST_POSTGRES", server.address)
    });
    tokio::spawn(connection);
    client.batch_execute(TABLE).await.unwrap();

    let dataset = server.open("from = \"jointly_people\"", SAME_NAMES).await.unwrap();
    let expected = ["63|M|233.3|2024-05-01", "64|F|-|-"];
    assert_eq!(rows(&dataset, "SELECT * FROM patients").await.unwrap(), expected);
    assert_eq!(rows(&dataset, "SELECT count(*) FROM patients").await.unwrap(), ["2"]);

    let many = "query = \"SELECT 1 + i % 100 AS age, 'F' AS sex, i / 100.0 AS cholesterol, NULL::date AS seen FROM generate_series(1, 20000) i\"";
    let dataset = server.open(many, SAME_NAMES).await.unwrap();
    assert_eq!(rows(&dataset, "SELECT count(*), sum(cholesterol) FROM patients").await.unwrap().len(), 1);
    assert_eq!(rows(&dataset, "SELECT count(age) FROM patients").await.unwrap(), ["20000"]);

    let day = SAME_NAMES.replace("= \"seen\"", "= \"at\"").replace("= \"age\"", "= \"age * 2\"");
    let dataset = server.open("from = \"public.jointly_people\"", &day).await.unwrap();
    assert_eq!(rows(&dataset, "SELECT seen FROM patients").await.unwrap(), ["2024-05-01", "-"]);
    let error = rows(&dataset, "SELECT age FROM patients").await.unwrap_err();
    says(&error.to_string(), &["PostgreSQL database", "row 1, column `age`", "126 is above"]);

    let error = server.open("from = \"nobody\"", SAME_NAMES).await.unwrap_err();
    says(&error.to_string(), &["nobody", "does not exist"]);
    client.batch_execute("DROP TABLE jointly_people").await.unwrap();
}

#[tokio::test]
async fn refuses_to_send_rows_in_the_clear() {
    let source = "postgres = \"host=db.example.org user=u password=hunter2 dbname=d\"\nfrom = \"t\"";
    let error =
        Dataset::open(declaration("", source, SAME_NAMES).unwrap(), &schema(), Path::new(".")).await.unwrap_err();
    says(&error.to_string(), &["`d`", "unencrypted"]);
    assert!(!error.to_string().contains("hunter2"));
}

#[tokio::test]
async fn asks_for_the_password_that_the_environment_lacks() {
    let source = "postgres = \"host=localhost dbname=d\"\npassword_env = \"JOINTLY_NO_SUCH_VARIABLE\"\nfrom = \"t\"";
    let error =
        Dataset::open(declaration("", source, SAME_NAMES).unwrap(), &schema(), Path::new(".")).await.unwrap_err();
    says(&error.to_string(), &["JOINTLY_NO_SUCH_VARIABLE"]);
}

/// A server, stopped again when dropped if it was started here.
struct Server {
    address: String,
    started: Option<Started>,
}

struct Started {
    folder: TempDir,
    programs: PathBuf,
}

impl Server {
    fn find() -> Self {
        match std::env::var("JOINTLY_TEST_POSTGRES") {
            Ok(address) => Self { address, started: None },
            Err(_) => Self::start(),
        }
    }

    fn start() -> Self {
        let programs = programs().expect("no PostgreSQL server is installed: install postgresql (make test does it)");
        let folder = tempfile::Builder::new().prefix("jointly-postgres").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Started { folder, programs };
        if is_root() {
            expect(Command::new("chown").arg("postgres").arg(started.folder.path()).output().unwrap());
        }
        started.run("initdb", &["--username=jointly", "--auth=trust", "--no-sync"]);
        let sockets = started.folder.path().display();
        let options =
            format!("-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={sockets} -c fsync=off");
        let log = started.folder.path().join("log").display().to_string();
        started.run("pg_ctl", &["start", "--wait", "--log", &log, "--options", &options]);
        let address = format!("host=127.0.0.1 port={port} user=jointly dbname=postgres");
        Self { address, started: Some(started) }
    }

    async fn open(&self, select: &str, columns: &str) -> Result<Dataset, Error> {
        let source = format!("postgres = \"{}\"\n{select}", self.address);
        Dataset::open(declaration("", &source, columns).unwrap(), &schema(), Path::new(".")).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(started) = &self.started {
            started.run("pg_ctl", &["stop", "--mode=immediate"]);
        }
    }
}

impl Started {
    /// Runs one of the server's programs on its data folder; the server refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // A server that inherits the output pipes would keep `output` waiting: it writes to its log file instead.
        let data = self.folder.path().join("data");
        expect(command.arg("--pgdata").arg(data).args(arguments).current_dir(self.folder.path()).output().unwrap());
    }
}

fn expect(output: Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// The newest installed server's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|v| v.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop()
}
