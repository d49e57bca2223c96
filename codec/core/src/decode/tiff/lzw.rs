//! LZW (section 13): the usual kind, and the bit-reversed one that old writers made.

use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// Decompresses at most `most` bytes; fewer when the data is cut or broken.
pub fn decode(data: &[u8], most: usize) -> Vec<u8> {
    // The first code is Clear (256): 0x80 0x0… by the specification, 0x00 0x01 when written from the low bit.
    let old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut lzw = if old { Decoder::new(BitOrder::Lsb, 8) } else { Decoder::with_tiff_size_switch(BitOrder::Msb, 8) };
    let mut out = vec![0; most];
    let (mut read, mut done) = (0, 0);
    while done < most {
        let input = data.get(read..).unwrap_or_default();
        let step = lzw.decode_bytes(input, out.get_mut(done..).unwrap_or_default());
        read += step.consumed_in;
        done += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in > 0 || step.consumed_out > 0 => {}
            _ => break,
        }
    }
    out.truncate(done);
    out
}
