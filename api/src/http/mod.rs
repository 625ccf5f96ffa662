//! Bytes in and out: actix-web, our own GraphQL over HTTP, WebSocket and server-sent events, health and metrics.

pub mod auth;
pub mod budget;
pub mod compress;
pub mod docs;
pub mod documents;
pub mod explorer;
pub mod graphql;
pub mod health;
pub mod landing;
pub mod links;
pub mod live;
pub mod page;
pub mod prescan;
pub mod server;
pub mod sse;
pub mod stream;
pub mod unsubscribe;
pub mod upload;
pub mod ws;
