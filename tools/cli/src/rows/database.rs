//! Tables and views of PostgreSQL, read as the server writes them: texts, with NULL apart.
//!
//! The connection is not encrypted: the database is on this machine or behind a tunnel that ends here. The password comes from the address or `PGPASSWORD`.

use super::input::{places, refused};
use crate::failure::Coded;
use crate::tr;
use anyhow::Context;
use futures::StreamExt;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};
use yinglian_protocol::Code;
use yinglian_rows::{BatchBuilder, Encoding, SchemaDocument};

/// Days, times, binary and floating numbers in one form, whatever the server's settings; nothing is written.
const SESSION: &str = "SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'UTC'; SET bytea_output = 'hex'; \
                       SET extra_float_digits = 1; SET default_transaction_read_only = on";

/// Reads all rows of a table or view.
pub fn read(
    address: &str,
    table: Option<&str>,
    document: &SchemaDocument,
) -> anyhow::Result<BatchBuilder> {
    let Some(table) = table else {
        let detail = tr!("--sheet names the table of a database", "请以 --sheet 指定数据库的表");
        return Err(Coded::could_not(Code::USAGE, detail).into());
    };
    let doing = || {
        Coded::could_not(Code::FILE_UNREADABLE, tr!("database table {table}", "数据库表 {table}"))
    };
    let mut config: Config = address.parse().with_context(doing)?;
    if let Some(password) =
        std::env::var_os("PGPASSWORD").filter(|_| config.get_password().is_none())
    {
        config.password(password.as_encoded_bytes());
    }
    crate::args::block_on(async { rows(&config, table, document).await.with_context(doing) })
}

async fn rows(
    config: &Config,
    table: &str,
    document: &SchemaDocument,
) -> anyhow::Result<BatchBuilder> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(SESSION).await?;
    let query = format!("SELECT * FROM {}", quoted(table));
    let mut source = document.source.clone();
    // The driver speaks UTF-8. A NULL comes as such, so no text stands for it.
    (source.encoding, source.null) = (Encoding::Utf8, None);
    let mut batch = BatchBuilder::new(document.schema.clone(), source);
    let mut header = None;
    let mut messages = std::pin::pin!(client.simple_query_raw(&query).await?);
    while let Some(message) = messages.next().await {
        match message? {
            SimpleQueryMessage::RowDescription(columns) => {
                let names: Vec<String> =
                    columns.iter().map(|column| column.name().to_owned()).collect();
                header = Some(places(&names, document, table)?);
            }
            SimpleQueryMessage::Row(row) => {
                let places = header.as_deref().context("rows without a header")?;
                let fields: Vec<_> =
                    places.iter().map(|place| row.get(*place).map(str::as_bytes)).collect();
                batch.push(&fields).map_err(|error| refused(&error, table))?;
            }
            _ => {}
        }
    }
    connection.abort();
    Ok(batch)
}

/// `schema.table` as two names in quotation marks.
fn quoted(table: &str) -> String {
    let parts: Vec<_> =
        table.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_table_is_never_more_than_a_name() {
        assert_eq!(quoted("city.villages"), "\"city\".\"villages\"");
        assert_eq!(quoted("x\"; DROP TABLE y; --"), "\"x\"\"; DROP TABLE y; --\"");
    }
}
