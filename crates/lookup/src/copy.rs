//! The encrypted copy: brought once for each version into a file of the querier's, and looked up in at home.
//!
//! The file is the manifest's digest, and then the table. The holder sees whether the table of a version was fetched, and in each query how many
//! IDs are evaluated; of rows it sees nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jointly_core::{Error as Failed, Party};
use jointly_net::Ctx;
use jointly_pir::lookup::Client;

use crate::{Error, Result, store};

/// Bytes that are sent at a time.
const PART: usize = 4 << 20;

/// The copy in a file; none if there is no file, or it is of an older version. It is read and checked as a whole.
pub fn read(path: &Path, client: &Client) -> Result<Option<Vec<u8>>> {
    let mut bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::file("read", path)(e)),
    };
    if bytes.first_chunk() != Some(&client.manifest().digest()) {
        return Ok(None);
    }
    bytes.drain(..32);
    client.check_copy(&bytes).map_err(|_| {
        Error::File(format!(
            "the copy {} is not the table of its manifest: it was cut short or changed. Delete it, and it is fetched again",
            path.display()
        ))
    })?;
    Ok(Some(bytes))
}

/// Brings the table from its holder, unless it is there already, and keeps it in the file once it is seen to be the manifest's.
pub async fn receive(
    ctx: &mut Ctx,
    holder: Party,
    client: &Client,
    path: &Path,
    have: Option<Vec<u8>>,
) -> Result<Vec<u8>> {
    ctx.send(holder, &[u8::from(have.is_some())]).await?;
    if let Some(table) = have {
        return Ok(table);
    }
    let manifest = client.manifest();
    let bytes = manifest.buckets() * manifest.bucket_bytes();
    let mut table = Vec::new();
    while table.len() < bytes {
        table.extend(ctx.recv::<u8>(holder, PART.min(bytes - table.len())).await?);
    }
    client.check_copy(&table).map_err(|_| Failed::Cheated {
        by: Some(holder),
        check: "that the copy is the table of the manifest",
        proof: None,
    })?;
    let new = path.with_added_extension("new");
    store::write_all(&new, &[&manifest.digest(), &table])?;
    fs::rename(&new, path).map_err(Error::file("write", path))?;
    Ok(table)
}

/// Sends the table, if the querier lacks it.
pub async fn send(ctx: &mut Ctx, querier: Party, table: &[u8]) -> Result<()> {
    match ctx.recv::<u8>(querier, 1).await?[0] {
        0 => {}
        1 => return Ok(()),
        _ => return Err(Failed::Malformed { from: querier, what: "it neither has a copy nor lacks one" }.into()),
    }
    for part in table.chunks(PART) {
        ctx.send(querier, part).await?;
    }
    Ok(())
}
