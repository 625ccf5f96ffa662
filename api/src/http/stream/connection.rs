//! A second handle to a TCP connection.

use std::{
    any::Any,
    net::Shutdown,
    os::fd::AsFd,
    sync::{Arc, Weak},
};

use actix_web::{HttpRequest, dev::Extensions, rt::net::TcpStream};

/// A second handle to the TCP connection of a request, kept for as long as the connection lives.
struct Connection(Arc<std::net::TcpStream>);

/// To be given to `HttpServer::on_connect`: keeps a handle by which a socket can be shut whose client never reads.
///
/// Without it such a client would hold its connection until the server's own timeouts, and a graceful stop with it.
/// Costs one file descriptor for each open connection. It also sends small frames at once (`TCP_NODELAY`): otherwise a
/// frame that follows another waits for the client's delayed acknowledgement, 40 ms.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small frames will be delayed");
    }
    match stream.as_fd().try_clone_to_owned() {
        Ok(handle) => {
            data.insert(Connection(Arc::new(handle.into())));
        }
        Err(error) => {
            tracing::warn!(%error, "a connection has no second handle; sockets on it may linger")
        }
    }
}

/// The way to cut the connection of one request. Does not keep it open.
pub(in crate::http) struct Wire(Option<Weak<std::net::TcpStream>>);

/// What became of a connection that was to be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Cut {
    /// It is shut.
    Shut,
    /// It had ended before, or there is no handle to it.
    NotThere,
}

impl Wire {
    /// The connection of `request`.
    pub(in crate::http) fn of(request: &HttpRequest) -> Self {
        let connection = request.conn_data::<Connection>();
        Self(connection.map(|connection| Arc::downgrade(&connection.0)))
    }

    /// Shuts the connection in both directions.
    pub(in crate::http) fn cut(self) -> Cut {
        match self.0.and_then(|connection| connection.upgrade()) {
            Some(connection) if connection.shutdown(Shutdown::Both).is_ok() => Cut::Shut,
            _ => Cut::NotThere,
        }
    }
}
