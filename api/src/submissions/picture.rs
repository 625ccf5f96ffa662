//! Pictures that people attach: what is taken in, and what is made of it.
//!
//! A photo from a phone says more than its pixels: where it was taken, when, on whose device. [`accept`]
//! keeps the pixels only. It reads the picture, turns it the right way up, makes it small enough for a phone
//! screen and writes a new file, so that nothing of the sender's file survives: no EXIF, no GPS position, no
//! thumbnail, no colour profile, no bytes hidden behind the end of the picture.
//!
//! The order of the checks is the safety of the module:
//! 1. the size of the file, before anything else;
//! 2. the first bytes decide what it is: the name and the declared type of an upload are never asked;
//! 3. the file is complete as far as its own frame says;
//! 4. width, height and the memory they need are read from the header **before** a pixel is decoded, so a few
//!    bytes that promise 50,000 x 50,000 pixels cost a few microseconds;
//! 5. only then pixels are decoded, under the limits of the decoding library.
//!
//! The decoders are safe Rust and answer with errors, but a hostile file is a good search tool for a forgotten
//! index. A panic inside decoding is therefore caught and answered as [`PictureRefusal::Damaged`]. (The
//! program's panic hook still reports it, which is wanted: it is a defect of a library.)
//!
//! The work is bound by the processor and needs up to about three times
//! [`PictureLimits::max_decoded_bytes`] for a moment: call it on a blocking thread, few at a time.

use std::borrow::Cow;
use std::fmt;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

/// Quality of a written JPEG, 1 to 100: text on a sign stays readable, a photo takes about 0.3 MB.
const JPEG_QUALITY: u8 = 85;

/// A picture without transparency stays a PNG up to this many pixels: screenshots and drawings, which JPEG
/// would blur.
const PNG_PIXELS: u64 = 1_000_000;

/// A PNG that would take more than this is written as JPEG on white instead, in bytes.
const PNG_BYTES: usize = 2 * 1024 * 1024;

/// What a picture may cost, in bytes and pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Largest file taken in, in bytes.
    pub max_bytes: usize,
    /// Largest product of width and height, in pixels.
    pub max_pixels: u64,
    /// Longest side taken in, in pixels.
    pub max_side: u32,
    /// Most memory that the decoded pixels may take, in bytes.
    pub max_decoded_bytes: u64,
    /// Longest side of what is kept, in pixels: larger pictures are scaled down to it.
    pub kept_side: u32,
}

impl Default for PictureLimits {
    /// 10 MiB, 40 megapixels, 20,000 pixels a side, 256 MiB decoded; kept at 2,048 pixels.
    fn default() -> Self {
        Self {
            max_bytes: 10 * 1024 * 1024,
            max_pixels: 40_000_000,
            max_side: 20_000,
            max_decoded_bytes: 256 * 1024 * 1024,
            kept_side: 2_048,
        }
    }
}

/// How an accepted picture is stored and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureType {
    /// A photo.
    Jpeg,
    /// A drawing, a screenshot, or anything with transparency.
    Png,
}

impl PictureType {
    /// The value of the `Content-Type` header.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The ending of a file name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// A picture as it is kept: newly written, right way up, without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What the file is.
    pub content_type: PictureType,
    /// In pixels, after turning and scaling.
    pub width: u32,
    /// In pixels, after turning and scaling.
    pub height: u32,
}

/// A kind of file that people send as a picture and that is known but not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignFormat {
    /// The usual format of iPhone cameras.
    Heic,
    /// Pictures saved from some web pages.
    Avif,
    /// JPEG XL.
    Jxl,
    /// Drawings that can carry scripts.
    Svg,
    /// Animations.
    Gif,
    /// Windows bitmaps.
    Bmp,
    /// Scans.
    Tiff,
    /// Documents.
    Pdf,
    /// MP4 and QuickTime films.
    Video,
}

impl ForeignFormat {
    fn name(self) -> &'static str {
        match self {
            Self::Heic => "a HEIC photo",
            Self::Avif => "an AVIF picture",
            Self::Jxl => "a JPEG XL picture",
            Self::Svg => "an SVG drawing",
            Self::Gif => "a GIF",
            Self::Bmp => "a BMP picture",
            Self::Tiff => "a TIFF picture",
            Self::Pdf => "a PDF document",
            Self::Video => "a video",
        }
    }

    fn cure(self) -> &'static str {
        match self {
            Self::Heic => {
                "On an iPhone choose Settings > Camera > Formats > Most Compatible and take the photo again, or \
                 send a screenshot of it."
            }
            Self::Pdf | Self::Svg => "Take a screenshot of it and send that.",
            Self::Video => "Pause the video and send a screenshot of the moment that matters.",
            Self::Gif | Self::Avif | Self::Jxl | Self::Bmp | Self::Tiff => {
                "Save it as JPEG or PNG, or send a screenshot of it."
            }
        }
    }
}

/// Why a picture was not taken. Its `Display` says what is wrong and what to do, in plain words, for the person
/// who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureRefusal {
    /// Zero bytes arrived.
    Empty,
    /// The file is larger than allowed.
    TooHeavy {
        /// Size of the file, in bytes.
        bytes: usize,
        /// Allowed, in bytes.
        max: usize,
    },
    /// A known kind of file that is not taken.
    Foreign(ForeignFormat),
    /// The first bytes are those of no picture.
    NotAPicture,
    /// More pixels than allowed.
    TooManyPixels {
        /// As the header says, in pixels.
        width: u32,
        /// As the header says, in pixels.
        height: u32,
        /// Allowed, in pixels.
        max: u64,
    },
    /// One side is longer than allowed.
    TooLong {
        /// As the header says, in pixels.
        width: u32,
        /// As the header says, in pixels.
        height: u32,
        /// Allowed, in pixels a side.
        max: u32,
    },
    /// Few pixels, but each of them takes too much memory (16 bits a channel).
    TooDeep {
        /// Memory that the pixels need, in bytes; the largest number if the header could not even be opened.
        bytes: u64,
        /// Allowed, in bytes.
        max: u64,
    },
    /// The file ends before the picture does.
    Truncated,
    /// The file starts like a picture but cannot be read.
    Damaged,
}

impl PictureRefusal {
    /// A stable name of the reason, for clients and counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "PICTURE_EMPTY",
            Self::TooHeavy { .. } => "PICTURE_TOO_HEAVY",
            Self::Foreign(_) => "PICTURE_FORMAT_NOT_TAKEN",
            Self::NotAPicture => "NOT_A_PICTURE",
            Self::TooManyPixels { .. } | Self::TooLong { .. } | Self::TooDeep { .. } => {
                "PICTURE_TOO_LARGE"
            }
            Self::Truncated => "PICTURE_INCOMPLETE",
            Self::Damaged => "PICTURE_DAMAGED",
        }
    }

    /// What the sender can do about it.
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Empty | Self::Truncated => "Please send it again.",
            Self::TooHeavy { .. } | Self::TooManyPixels { .. } | Self::TooLong { .. } => {
                "Send a smaller version, or a screenshot of it."
            }
            Self::TooDeep { .. } => "Save it with 8 bits per colour, or send a screenshot of it.",
            Self::Foreign(format) => format.cure(),
            Self::NotAPicture => "Send a JPEG, PNG or WebP picture.",
            Self::Damaged => "Open it, save it again as JPEG or PNG, and send that.",
        }
    }
}

impl fmt::Display for PictureRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "The picture is empty: no bytes arrived.")?,
            Self::TooHeavy { bytes, max } => {
                write!(
                    f,
                    "The picture has {}; at most {} are taken.",
                    Mebibytes(*bytes),
                    Mebibytes(*max)
                )?;
            }
            Self::Foreign(format) => {
                write!(f, "This is {}; only JPEG, PNG and WebP are taken.", format.name())?;
            }
            Self::NotAPicture => write!(f, "This file is not a picture.")?,
            Self::TooManyPixels { width, height, max } => write!(
                f,
                "The picture has {width} x {height} pixels; at most {} million are taken.",
                max / 1_000_000
            )?,
            Self::TooLong { width, height, max } => write!(
                f,
                "The picture has {width} x {height} pixels; at most {max} on a side are taken."
            )?,
            Self::TooDeep { .. } => {
                write!(f, "The picture stores its colours too finely to be opened safely.")?
            }
            Self::Truncated => write!(f, "The picture is incomplete: the file ends too early.")?,
            Self::Damaged => write!(f, "The picture is damaged and cannot be opened.")?,
        }
        write!(f, " {}", self.cure())
    }
}

impl std::error::Error for PictureRefusal {}

/// Shows bytes as `10.0 MB` (2^20 bytes each, as phones do), rounded up so that a little too much never reads
/// like the limit itself.
struct Mebibytes(usize);

impl fmt::Display for Mebibytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.saturating_mul(10).div_ceil(1024 * 1024);
        write!(f, "{}.{} MB", tenths / 10, tenths % 10)
    }
}

/// Takes a picture in: checks it, turns it the right way up, scales it down and writes it anew.
///
/// Of an animated WebP or PNG the first picture is kept. JPEG stays JPEG. PNG and WebP become PNG when they
/// have transparency or at most a million pixels, and JPEG otherwise.
///
/// # Errors
/// A [`PictureRefusal`] that names what is wrong and what to do. Nothing is kept of a refused file.
pub fn accept(bytes: &[u8], limits: &PictureLimits) -> Result<Picture, PictureRefusal> {
    if bytes.len() > limits.max_bytes {
        return Err(PictureRefusal::TooHeavy { bytes: bytes.len(), max: limits.max_bytes });
    }
    let format = recognise(bytes)?;
    let whole = complete(bytes, format).ok_or(PictureRefusal::Truncated)?;
    // Only shared references go in and nothing is seen of a half-done state: unwinding is safe here.
    std::panic::catch_unwind(|| rewrite(&whole, format, limits))
        .unwrap_or(Err(PictureRefusal::Damaged))
}

/// Names the format by the first bytes.
fn recognise(bytes: &[u8]) -> Result<ImageFormat, PictureRefusal> {
    if bytes.is_empty() {
        return Err(PictureRefusal::Empty);
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Ok(ImageFormat::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(ImageFormat::WebP);
    }
    Err(foreign(bytes).map_or(PictureRefusal::NotAPicture, PictureRefusal::Foreign))
}

/// Recognises what is often sent by mistake, so that the refusal can say how to help oneself.
fn foreign(bytes: &[u8]) -> Option<ForeignFormat> {
    const SIGNATURES: [(&[u8], ForeignFormat); 8] = [
        (b"GIF8", ForeignFormat::Gif),
        (b"%PDF-", ForeignFormat::Pdf),
        (b"BM", ForeignFormat::Bmp),
        (b"II*\0", ForeignFormat::Tiff),
        (b"MM\0*", ForeignFormat::Tiff),
        (b"\xFF\x0A", ForeignFormat::Jxl),
        (b"\0\0\0\x0CJXL ", ForeignFormat::Jxl),
        (b"\x1A\x45\xDF\xA3", ForeignFormat::Video),
    ];
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(by_brand(bytes));
    }
    if let Some((_, format)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature))
    {
        return Some(*format);
    }
    looks_like_svg(bytes).then_some(ForeignFormat::Svg)
}

/// Tells the formats in an ISO media file apart by its brands (ISO/IEC 14496-12, 4.3; 23008-12, 10).
fn by_brand(bytes: &[u8]) -> ForeignFormat {
    let box_end = bytes.get(..4).map_or(0, big_endian) as usize;
    let brands = bytes.get(8..box_end.clamp(12, 256).min(bytes.len())).unwrap_or_default();
    let has = |names: &[&[u8; 4]]| {
        brands.chunks_exact(4).any(|brand| names.iter().any(|name| brand == *name))
    };
    if has(&[b"avif", b"avis"]) {
        ForeignFormat::Avif
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        ForeignFormat::Heic
    } else {
        ForeignFormat::Video
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.trim_start_matches('\u{feff}').trim_start().starts_with('<') && head.contains("<svg")
}

/// The part of the file that is decoded, or `None` if its frame promises more bytes than there are.
///
/// The JPEG decoder is forgiving and paints the missing part grey; nobody wants to send that without knowing.
fn complete(bytes: &[u8], format: ImageFormat) -> Option<Cow<'_, [u8]>> {
    match format {
        ImageFormat::Jpeg => jpeg_is_complete(bytes).then_some(Cow::Borrowed(bytes)),
        ImageFormat::Png => bare_png(bytes).map(Cow::Owned),
        _ => webp_is_complete(bytes).then_some(Cow::Borrowed(bytes)),
    }
}

/// The size in the header of a WebP counts from behind itself (RIFF).
fn webp_is_complete(bytes: &[u8]) -> bool {
    let promised = bytes.get(4..8).map_or(0, |size| u64::from(big_endian(size).swap_bytes()));
    bytes.len() as u64 >= promised.saturating_add(8)
}

/// Walks the segments of a JPEG to its end marker (ITU-T T.81, annex B).
///
/// Looking for the last two bytes only would be wrong both ways: phones append films and maps behind the end,
/// and the thumbnail inside the metadata has an end of its own.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            0xD9 => return true,
            // Restart markers, and the temporary one, stand alone.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let Some(length) = bytes.get(at..at + 2) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
    false
}

/// Finds the next marker at or after `at`, skipping coded data, and leaves `at` behind it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = bytes.get(*at..)?;
        *at += rest.iter().position(|byte| *byte == 0xFF)?;
        match bytes.get(*at + 1)? {
            // A stuffed zero belongs to coded data, a second FF is filling.
            0x00 => *at += 2,
            0xFF => *at += 1,
            marker => {
                *at += 2;
                return Some(*marker);
            }
        }
    }
}

/// Walks the chunks of a PNG to IEND (PNG specification, 5.3) and keeps those that make the picture.
///
/// Packed text and colour profiles would be unpacked by the decoder only to be dropped by us: 300 KB of them can hold
/// 300 MB. So they do not reach it, nor do the later pictures of an animation.
fn bare_png(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8]; 6] = [b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND"];
    let mut kept = bytes.get(..8)?.to_vec();
    let mut at: usize = 8;
    loop {
        let head = bytes.get(at..at.checked_add(8)?)?;
        let length = usize::try_from(big_endian(&head[..4])).ok()?;
        let end = at.checked_add(12)?.checked_add(length)?;
        let chunk = bytes.get(at..end)?;
        let name = &head[4..];
        if KEPT.contains(&name) {
            kept.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(kept);
        }
        at = end;
    }
}

fn big_endian(four: &[u8]) -> u32 {
    four.iter().take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// Decodes within the limits, and writes what is kept.
fn rewrite(
    bytes: &[u8],
    format: ImageFormat,
    limits: &PictureLimits,
) -> Result<Picture, PictureRefusal> {
    let mut decoder = open(bytes, format, limits)?;
    let orientation = decoder.orientation().map_err(refused)?;
    let image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    // First smaller, then turned: turning needs a second copy.
    let mut image = scale_down(image, limits.kept_side);
    image.apply_orientation(orientation);
    write(&image, format)
}

/// Reads the header and refuses by what it says.
fn open<'a>(
    bytes: &'a [u8],
    format: ImageFormat,
    limits: &PictureLimits,
) -> Result<impl ImageDecoder + use<'a>, PictureRefusal> {
    if format == ImageFormat::Png {
        check_png_header(bytes, limits)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = Limits::no_limits();
    memory.max_alloc = Some(limits.max_decoded_bytes);
    reader.limits(memory);
    let decoder = match reader.into_decoder() {
        Ok(decoder) => decoder,
        Err(ImageError::Limits(_)) => return Err(too_deep(u64::MAX, limits)),
        Err(error) => return Err(refused(error)),
    };
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    if decoder.total_bytes() > limits.max_decoded_bytes {
        return Err(too_deep(decoder.total_bytes(), limits));
    }
    Ok(decoder)
}

fn too_deep(bytes: u64, limits: &PictureLimits) -> PictureRefusal {
    PictureRefusal::TooDeep { bytes, max: limits.max_decoded_bytes }
}

fn check_size(width: u32, height: u32, limits: &PictureLimits) -> Result<(), PictureRefusal> {
    if width.max(height) > limits.max_side {
        return Err(PictureRefusal::TooLong { width, height, max: limits.max_side });
    }
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureRefusal::TooManyPixels { width, height, max: limits.max_pixels });
    }
    Ok(())
}

/// What the header of a PNG says (PNG specification, 11.2.1): the library's own memory check comes before it tells
/// the size, and its refusal could not name the figure.
fn check_png_header(bytes: &[u8], limits: &PictureLimits) -> Result<(), PictureRefusal> {
    match (bytes.get(16..20), bytes.get(20..24)) {
        (Some(width), Some(height)) => check_size(big_endian(width), big_endian(height), limits),
        _ => Err(PictureRefusal::Truncated),
    }
}

/// Translates the library's answer; its own text is for programmers and is dropped.
fn refused(error: ImageError) -> PictureRefusal {
    match error {
        ImageError::IoError(_) => PictureRefusal::Truncated,
        _ => PictureRefusal::Damaged,
    }
}

/// Scales down so that the longer side is at most `side` pixels; smaller pictures stay as they are.
fn scale_down(image: DynamicImage, side: u32) -> DynamicImage {
    let longest = image.width().max(image.height());
    if longest <= side {
        return image;
    }
    // A fine filter over 40 megapixels takes seconds and a gigabyte; averaging to twice the size first does not.
    let halfway = side.saturating_mul(2);
    let image = if longest > halfway { image.thumbnail(halfway, halfway) } else { image };
    image.resize(side, side, FilterType::Triangle)
}

/// Writes the pixels and nothing else.
fn write(image: &DynamicImage, source: ImageFormat) -> Result<Picture, PictureRefusal> {
    if source != ImageFormat::Jpeg && deserves_png(image) {
        let bytes = png(image)?;
        if bytes.len() <= PNG_BYTES {
            return Ok(picture(bytes, PictureType::Png, image));
        }
    }
    Ok(picture(jpeg(image)?, PictureType::Jpeg, image))
}

fn picture(bytes: Vec<u8>, content_type: PictureType, image: &DynamicImage) -> Picture {
    Picture { bytes, content_type, width: image.width(), height: image.height() }
}

fn deserves_png(image: &DynamicImage) -> bool {
    let pixels = u64::from(image.width()) * u64::from(image.height());
    pixels <= PNG_PIXELS || is_transparent(image)
}

fn is_transparent(image: &DynamicImage) -> bool {
    image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX)
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, PictureRefusal> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
    let written = if image.color().has_alpha() {
        image.to_rgba8().write_with_encoder(encoder)
    } else {
        image.to_rgb8().write_with_encoder(encoder)
    };
    written.map_err(refused)?;
    Ok(bytes)
}

fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, PictureRefusal> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    on_white(image).write_with_encoder(encoder).map_err(refused)?;
    Ok(bytes)
}

/// JPEG knows no transparency: what shines through is paper.
fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let source = image.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [red, green, blue, alpha] = source.get_pixel(x, y).0;
        image::Rgb([red, green, blue].map(|channel| over_white(channel, alpha)))
    })
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    let mixed = (channel * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage};

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, ((x + y) % 256) as u8])
        })
    }

    fn as_jpeg(image: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90)).unwrap();
        bytes
    }

    fn as_png(image: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        bytes
    }

    fn as_webp(image: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        image::codecs::webp::WebPEncoder::new_lossless(&mut bytes)
            .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
            .unwrap();
        bytes
    }

    fn take(bytes: &[u8]) -> Result<Picture, PictureRefusal> {
        accept(bytes, &PictureLimits::default())
    }

    fn reread(picture: &Picture) -> DynamicImage {
        image::load_from_memory(&picture.bytes).unwrap()
    }

    /// EXIF with an orientation and a GPS block, big-endian, with a marker text that can be searched for.
    fn exif(orientation: u16) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
        tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]);
        tiff.extend(orientation.to_be_bytes());
        tiff.extend([0, 0]);
        // GPSInfo: a pointer to a second directory with GPSAreaInformation.
        tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
        tiff.extend([0, 0, 0, 0]);
        tiff.extend([0, 1, 0, 0x1C, 0, 7, 0, 0, 0, 17, 0, 0, 0, 56, 0, 0, 0, 0]);
        tiff.extend(b"GPS 54.9783 -1.61");
        tiff
    }

    fn jpeg_with_exif(image: &RgbImage, orientation: u16) -> Vec<u8> {
        let plain = as_jpeg(image);
        let tiff = exif(orientation);
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
        bytes.extend(((tiff.len() + 8) as u16).to_be_bytes());
        bytes.extend(b"Exif\0\0");
        bytes.extend(tiff);
        bytes.extend(&plain[2..]);
        bytes
    }

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut bytes = (data.len() as u32).to_be_bytes().to_vec();
        bytes.extend(name);
        bytes.extend(data);
        bytes.extend(crc(&bytes[4..]).to_be_bytes());
        bytes
    }

    /// CRC-32 as PNG wants it (ISO 3309), bit by bit.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 }
            })
        })
    }

    /// A complete PNG frame that promises a size, with a few bytes of coded data.
    fn promising_png(width: u32, height: u32, depth: u8) -> Vec<u8> {
        let mut header = width.to_be_bytes().to_vec();
        header.extend(height.to_be_bytes());
        header.extend([depth, 6, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend(chunk(b"IHDR", &header));
        bytes.extend(chunk(b"IDAT", &[0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]));
        bytes.extend(chunk(b"IEND", &[]));
        bytes
    }

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn the_three_formats_are_taken() {
        let image = gradient(64, 48);
        let jpeg = take(&as_jpeg(&image)).unwrap();
        assert_eq!((jpeg.content_type, jpeg.width, jpeg.height), (PictureType::Jpeg, 64, 48));
        for bytes in [as_png(&image), as_webp(&image)] {
            let png = take(&bytes).unwrap();
            assert_eq!((png.content_type, png.width, png.height), (PictureType::Png, 64, 48));
            assert_eq!(reread(&png).to_rgb8(), image, "nothing is lost in a small one");
        }
    }

    #[test]
    fn a_large_photo_is_scaled_down_and_keeps_its_shape() {
        let picture = take(&as_jpeg(&gradient(5_000, 2_500))).unwrap();
        assert_eq!((picture.width, picture.height), (2_048, 1_024));
        assert_eq!(reread(&picture).width(), 2_048);
        let sliver = take(&as_png(&gradient(6_000, 1))).unwrap();
        assert_eq!((sliver.width, sliver.height), (2_048, 1));
    }

    #[test]
    fn a_large_opaque_png_or_webp_becomes_jpeg() {
        let image = gradient(1_200, 1_000);
        for bytes in [as_png(&image), as_webp(&image)] {
            assert_eq!(take(&bytes).unwrap().content_type, PictureType::Jpeg);
        }
    }

    #[test]
    fn transparency_stays() {
        let image = RgbaImage::from_fn(1_100, 1_000, |x, _| {
            Rgba([200, 10, 10, if x < 550 { 0 } else { 255 }])
        });
        let mut bytes = Vec::new();
        image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        let picture = take(&bytes).unwrap();
        assert_eq!(picture.content_type, PictureType::Png);
        assert_eq!(reread(&picture).to_rgba8().get_pixel(0, 0).0[3], 0);
    }

    #[test]
    fn transparency_that_would_be_heavy_goes_onto_white() {
        let mut state = 1_u32;
        let image = RgbaImage::from_fn(1_200, 1_200, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgba(
                state.to_be_bytes()[..3]
                    .iter()
                    .copied()
                    .chain([0])
                    .collect::<Vec<_>>()
                    .try_into()
                    .unwrap(),
            )
        });
        let mut bytes = Vec::new();
        image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        let picture = take(&bytes).unwrap();
        assert_eq!(picture.content_type, PictureType::Jpeg);
        assert_eq!(reread(&picture).to_rgb8().get_pixel(600, 600).0, [255, 255, 255]);
    }

    #[test]
    fn exif_is_obeyed_and_gone() {
        let bytes = jpeg_with_exif(&gradient(60, 40), 6);
        assert!(contains(&bytes, b"GPS 54.9783"), "the test file carries a position");
        let picture = take(&bytes).unwrap();
        assert_eq!((picture.width, picture.height), (40, 60), "turned by a quarter");
        assert!(!contains(&picture.bytes, b"GPS 54"));
        assert!(!contains(&picture.bytes, b"Exif"));
        let upright = take(&jpeg_with_exif(&gradient(60, 40), 1)).unwrap();
        assert_eq!((upright.width, upright.height), (60, 40));
    }

    #[test]
    fn all_eight_orientations_show_the_same_corner() {
        // Red is top left in the scene; where the camera stored it depends on the orientation.
        for (orientation, stored) in [
            (1, (0, 0)),
            (2, (47, 0)),
            (3, (47, 31)),
            (4, (0, 31)),
            (5, (0, 0)),
            (6, (0, 31)),
            (7, (47, 31)),
            (8, (47, 0)),
        ] {
            let image = RgbImage::from_fn(48, 32, |x, y| {
                let near = x.abs_diff(stored.0) < 8 && y.abs_diff(stored.1) < 8;
                image::Rgb(if near { [255, 0, 0] } else { [0, 0, 0] })
            });
            let shown = reread(&take(&jpeg_with_exif(&image, orientation)).unwrap()).to_rgb8();
            assert!(shown.get_pixel(2, 2).0[0] > 200, "orientation {orientation}");
        }
    }

    #[test]
    fn metadata_of_png_and_bytes_behind_the_end_are_gone() {
        let mut png = as_png(&gradient(20, 20));
        let text = chunk(b"tEXt", b"Author\0Maria of ward 7");
        let exif = chunk(b"eXIf", &exif(1));
        png.splice(33..33, text.into_iter().chain(exif));
        png.extend(b"PK\x03\x04 a second file");
        let picture = take(&png).unwrap();
        assert!(!contains(&picture.bytes, b"Maria") && !contains(&picture.bytes, b"GPS 54"));
        assert!(!contains(&picture.bytes, b"PK\x03\x04"));
        let mut jpeg = as_jpeg(&gradient(20, 20));
        jpeg.extend(b"<script>alert(1)</script>");
        assert!(!contains(&take(&jpeg).unwrap().bytes, b"<script>"));
    }

    #[test]
    fn packed_text_is_not_unpacked() {
        let mut png = as_png(&gradient(20, 20));
        // A profile and a text whose packed bytes are no packed bytes at all: whoever looked would stumble.
        let extras = [chunk(b"iCCP", b"a\0\0broken"), chunk(b"zTXt", b"a\0\0broken")].concat();
        png.splice(33..33, extras);
        let bare = bare_png(&png).unwrap();
        assert!(!contains(&bare, b"iCCP") && !contains(&bare, b"zTXt"));
        assert_eq!(take(&png).unwrap().width, 20);
    }

    #[test]
    fn a_promise_of_too_many_pixels_is_refused_before_decoding() {
        let start = Instant::now();
        let refusal = take(&promising_png(50_000, 50_000, 8)).unwrap_err();
        assert_eq!(refusal, PictureRefusal::TooLong { width: 50_000, height: 50_000, max: 20_000 });
        assert!(matches!(
            take(&promising_png(10_000, 10_000, 8)),
            Err(PictureRefusal::TooManyPixels { .. })
        ));
        let endless = take(&promising_png(u32::MAX, 1, 8)).unwrap_err();
        assert_eq!(endless, PictureRefusal::TooLong { width: u32::MAX, height: 1, max: 20_000 });
        assert!(matches!(
            take(&promising_png(6_300, 6_300, 16)),
            Err(PictureRefusal::TooDeep { .. })
        ));
        assert!(start.elapsed() < Duration::from_millis(100), "took {:?}", start.elapsed());
    }

    #[test]
    fn a_jpeg_and_a_webp_that_promise_too_much_are_refused() {
        let mut jpeg = as_jpeg(&gradient(16, 16));
        let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(matches!(take(&jpeg), Err(PictureRefusal::TooLong { width: 65_535, .. })));
        // VP8L: 14 bits of width - 1 and height - 1 behind the signature byte.
        let mut webp = as_webp(&gradient(16, 16));
        let signature = webp.windows(4).position(|name| name == b"VP8L").unwrap() + 8;
        webp[signature + 1..signature + 5]
            .copy_from_slice(&(0x3FFE_u32 << 14 | 0x3FFE).to_le_bytes());
        assert_eq!(
            take(&webp).unwrap_err(),
            PictureRefusal::TooManyPixels { width: 16_383, height: 16_383, max: 40_000_000 }
        );
    }

    #[test]
    fn what_ends_too_early_is_said_to_be_incomplete() {
        let image = gradient(200, 150);
        for whole in [as_jpeg(&image), as_png(&image), as_webp(&image)] {
            for kept in [whole.len() / 4, whole.len() / 2, whole.len() - 3] {
                assert_eq!(
                    take(&whole[..kept]),
                    Err(PictureRefusal::Truncated),
                    "{kept} of {}",
                    whole.len()
                );
            }
        }
    }

    #[test]
    fn known_strangers_are_named_with_a_cure() {
        let cases: [(&[u8], &str, &str); 9] = [
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC", "Most Compatible"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC", "Most Compatible"),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF", "screenshot"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "video", "Pause"),
            (b"\xEF\xBB\xBF<?xml version=\"1.0\"?><svg xmlns=\"x\"/>", "SVG", "screenshot"),
            (b"  <SVG onload=alert(1)>", "SVG", "screenshot"),
            (b"GIF89a\x01\0\x01\0", "GIF", "JPEG or PNG"),
            (b"%PDF-1.7\n", "PDF", "screenshot"),
            (b"II*\0\x08\0\0\0", "TIFF", "JPEG or PNG"),
        ];
        for (bytes, name, cure) in cases {
            let said = take(bytes).unwrap_err().to_string();
            assert!(
                said.contains(name)
                    && said.contains(cure)
                    && said.contains("only JPEG, PNG and WebP"),
                "{said}"
            );
        }
        assert_eq!(take(b"hello"), Err(PictureRefusal::NotAPicture));
        assert_eq!(take(b""), Err(PictureRefusal::Empty));
    }

    #[test]
    fn weight_is_checked_first_and_said_in_words() {
        let refusal = take(&vec![0xFF; 12 * 1024 * 1024]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "The picture has 12.0 MB; at most 10.0 MB are taken. Send a smaller version, or a screenshot of it."
        );
        assert!(
            take(&vec![0xFF; 10 * 1024 * 1024 + 1]).unwrap_err().to_string().contains("10.1 MB")
        );
    }

    #[test]
    fn spoilt_bytes_never_panic() {
        let image = gradient(40, 30);
        let mut state = 7_u64;
        let mut next = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        for whole in [jpeg_with_exif(&image, 6), as_png(&image), as_webp(&image)] {
            for _ in 0..400 {
                let mut spoilt = whole.clone();
                for _ in 0..1 + next() % 4 {
                    let at = next() % spoilt.len();
                    spoilt[at] = next() as u8;
                }
                let size = PictureLimits { max_pixels: 100_000, ..PictureLimits::default() };
                // Only the frame of the test may catch: a panic inside would be printed and is looked for below.
                let answer = std::panic::catch_unwind(|| rewrite_or_refuse(&spoilt, &size));
                assert!(answer.is_ok(), "a decoder panicked");
            }
        }
    }

    fn rewrite_or_refuse(bytes: &[u8], limits: &PictureLimits) -> Result<Picture, PictureRefusal> {
        let format = recognise(bytes)?;
        let whole = complete(bytes, format).ok_or(PictureRefusal::Truncated)?;
        rewrite(&whole, format, limits)
    }
}
