//! The two lines that a plain TCP stream is not: TLS from the first byte, and one that changes to TLS on the way.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::io::{AsyncRead as FuturesRead, AsyncWrite as FuturesWrite};
use lettre::transport::smtp::Error as SmtpError;
#[allow(deprecated)] // The only way to lettre's TLS over a stream that we opened ourselves.
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// TLS from the first byte over our own TCP stream, in the shape that lettre wants its streams.
#[allow(deprecated)]
#[derive(Debug)]
pub(super) struct TlsLine(AsyncNetworkStream);

#[allow(deprecated)]
impl TlsLine {
    /// Shakes hands with the server, whose certificate must carry this host name.
    pub(super) async fn open(tcp: TcpStream, host: &str) -> Result<Self, SmtpError> {
        let parameters = TlsParameters::new(host.to_owned())?;
        let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(tcp));
        stream.upgrade_tls(parameters).await?;
        Ok(Self(stream))
    }
}

impl AsyncTokioStream for TlsLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl AsyncRead for TlsLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match FuturesRead::poll_read(Pin::new(&mut self.0), cx, buf.initialize_unfilled()) {
            Poll::Ready(Ok(read)) => {
                buf.advance(read);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for TlsLine {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        FuturesWrite::poll_write(Pin::new(&mut self.0), cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        FuturesWrite::poll_flush(Pin::new(&mut self.0), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        FuturesWrite::poll_close(Pin::new(&mut self.0), cx)
    }
}

/// A line that may change to TLS: until it has, nothing is read ahead.
///
/// lettre reads through a buffer that survives the change. Whatever somebody in the middle adds behind the answer to
/// STARTTLS would be read afterwards as if it had come encrypted. Byte by byte, such additions stay in the socket,
/// where they break the TLS handshake instead.
#[derive(Debug)]
pub(super) struct StarttlsLine<S> {
    inner: S,
    careful: bool,
}

impl<S> StarttlsLine<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, careful: true }
    }
}

impl AsyncTokioStream for StarttlsLine<TcpStream> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StarttlsLine<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.careful || buf.remaining() == 0 {
            return Pin::new(&mut self.inner).poll_read(cx, buf);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        let read = Pin::new(&mut self.inner).poll_read(cx, &mut one);
        buf.put_slice(one.filled());
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StarttlsLine<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        // The first word that is neither of these is the TLS handshake, or mail in the clear.
        self.careful = self.careful && (buf.starts_with(b"EHLO") || buf.starts_with(b"STARTTLS"));
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn nothing_is_read_ahead_before_encryption() {
        let (client, mut server) = tokio::io::duplex(1024);
        let mut line = StarttlsLine::new(client);
        server.write_all(b"220 go\r\n250 injected\r\n").await.expect("written");
        let mut buffer = [0; 64];
        line.write_all(b"EHLO x\r\n").await.expect("written");
        assert_eq!(line.read(&mut buffer).await.expect("read"), 1);
        line.write_all(b"STARTTLS\r\n").await.expect("written");
        assert_eq!(line.read(&mut buffer).await.expect("read"), 1);
        line.write_all(&[0x16, 3, 1]).await.expect("written");
        assert_eq!(line.read(&mut buffer).await.expect("read"), 20);
    }
}
