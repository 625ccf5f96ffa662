//! Bytes in and out: actix-web, our own GraphQL over HTTP and WebSocket, health and metrics.

pub mod auth;
pub mod graphql;
pub mod health;
pub mod landing;
pub mod links;
pub mod live;
pub mod page;
pub mod prescan;
pub mod server;
pub mod unsubscribe;
pub mod upload;
pub mod ws;
