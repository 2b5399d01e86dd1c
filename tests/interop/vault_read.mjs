// A second reader of the vault's format, written from docs/vault.md alone with Node's own modules: opens every page and WAL
// frame with the raw data key, and walks the tables.  node vault_read.mjs FILE.db SUITE DATABASE-ID-HEX DATA-KEY-HEX
// Prints one line per table: its name and how many rows it has, and last how many pages and frames were authentic.
import {createCipheriv, createDecipheriv} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';

const PAGE = 4096, CONTENT = 4056, FRAME = 4120, WAL_HEADER = 32;
const fail = (text) => { console.error(text); process.exit(1); };

// BLAKE2b, RFC 7693, keyed.
const M64 = (1n << 64n) - 1n;
const IV = [0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
            0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n];
const SIGMA = ['0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8', '905724afe1bc683d',
               '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a', '6fe9b308c2d714a5', 'a2847615fb9e3cd0',
               '0123456789abcdef', 'ea489fd61c02b753'];
const rotate = (x, n) => ((x >> BigInt(n)) | (x << BigInt(64 - n))) & M64;

function compress(h, block, counted, isLast) {
    const m = Array.from({length: 16}, (_, i) => block.readBigUInt64LE(i * 8));
    const v = [...h, ...IV];
    const mix = (a, b, c, d, x, y) => {
        v[a] = (v[a] + v[b] + x) & M64; v[d] = rotate(v[d] ^ v[a], 32);
        v[c] = (v[c] + v[d]) & M64; v[b] = rotate(v[b] ^ v[c], 24);
        v[a] = (v[a] + v[b] + y) & M64; v[d] = rotate(v[d] ^ v[a], 16);
        v[c] = (v[c] + v[d]) & M64; v[b] = rotate(v[b] ^ v[c], 63);
    };
    v[12] ^= BigInt(counted);
    if (isLast) v[14] ^= M64;
    for (const row of SIGMA) {
        const s = [...row].map((digit) => m[parseInt(digit, 16)]);
        for (let i = 0; i < 4; i++) mix(i, 4 + i, 8 + i, 12 + i, s[2 * i], s[2 * i + 1]);
        for (let i = 0; i < 4; i++) mix(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, s[8 + 2 * i], s[9 + 2 * i]);
    }
    return h.map((word, i) => word ^ v[i] ^ v[i + 8]);
}

function derive(key, context) { // BLAKE2b-256 of less than a block, under a key of 32 bytes
    const block = Buffer.alloc(128), last = Buffer.alloc(128), out = Buffer.alloc(32);
    key.copy(block);
    last.write(context, 'ascii');
    let h = IV.map((word, i) => i ? word : word ^ 0x01010000n ^ (32n << 8n) ^ 32n);
    h = compress(compress(h, block, 128, false), last, 128 + context.length, true);
    for (let i = 0; i < 4; i++) out.writeBigUInt64LE(h[i], i * 8);
    return out;
}

// Suite 1: XChaCha20-Poly1305.
function hchacha(key, nonce) {
    const s = new Uint32Array(16), out = Buffer.alloc(32), roll = (x, n) => (x << n) | (x >>> (32 - n));
    ['expa', 'nd 3', '2-by', 'te k'].forEach((word, i) => { s[i] = Buffer.from(word).readUInt32LE(); });
    for (let i = 0; i < 8; i++) s[4 + i] = key.readUInt32LE(i * 4);
    for (let i = 0; i < 4; i++) s[12 + i] = nonce.readUInt32LE(i * 4);
    const quarter = (a, b, c, d) => {
        for (const [n, p] of [[16, 12], [8, 7]]) {
            s[a] += s[b]; s[d] = roll(s[d] ^ s[a], n);
            s[c] += s[d]; s[b] = roll(s[b] ^ s[c], p);
        }
    };
    for (let round = 0; round < 10; round++)
        for (const shift of [0, 1])
            for (let i = 0; i < 4; i++)
                quarter(i, 4 + (i + shift) % 4, 8 + (i + 2 * shift) % 4, 12 + (i + 3 * shift) % 4);
    [0, 1, 2, 3, 12, 13, 14, 15].forEach((from, i) => out.writeUInt32LE(s[from], i * 4));
    return out;
}

// Suite 2: XAES-256-GCM, c2sp.org/XAES-256-GCM.
function xaesKey(key, nonce) {
    const block = (bytes) => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(bytes);
    const l = BigInt('0x' + block(Buffer.alloc(16)).toString('hex'));
    const k1 = ((l << 1n) & ((1n << 128n) - 1n)) ^ (l >> 127n ? 0x87n : 0n);
    const mask = Buffer.from(k1.toString(16).padStart(32, '0'), 'hex');
    const half = (i) => block(Buffer.concat([Buffer.from([0, i, 0x58, 0]), nonce.subarray(0, 12)]).map((b, j) => b ^ mask[j]));
    return Buffer.concat([half(1), half(2)]);
}

function inner(suite, key, nonce) {
    if (suite === 1) return ['chacha20-poly1305', hchacha(key, nonce), Buffer.concat([Buffer.alloc(4), nonce.subarray(16)])];
    if (suite === 2) return ['aes-256-gcm', xaesKey(key, nonce), nonce.subarray(12)];
    return fail(`suite ${suite} is unknown`);
}

export function seal(suite, key, nonce, aad, plain) {
    const cipher = createCipheriv(...inner(suite, key, nonce), {authTagLength: 16}).setAAD(aad, {plaintextLength: plain.length});
    return Buffer.concat([cipher.update(plain), cipher.final(), nonce, cipher.getAuthTag()]);
}

function unseal(suite, key, aad, sealed) { // ciphertext, nonce 24, tag 16
    const end = sealed.length - 40;
    const cipher = createDecipheriv(...inner(suite, key, sealed.subarray(end, end + 24)), {authTagLength: 16});
    cipher.setAAD(aad, {plaintextLength: end}).setAuthTag(sealed.subarray(end + 24));
    return Buffer.concat([cipher.update(sealed.subarray(0, end)), cipher.final()]);
}

export function pageAad(id, number) {
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(number);
    return Buffer.concat([Buffer.from('HFE1\x01', 'latin1'), id, tail]);
}

export const mainKey = (dataKey) => derive(dataKey, 'hf vault main v1');

function readPages(path, suite, id, dataKey) {
    const file = readFileSync(path), pages = new Map(), key = mainKey(dataKey);
    for (let n = 1; n * PAGE <= file.length; n++)
        pages.set(n, unseal(suite, key, pageAad(id, n), file.subarray((n - 1) * PAGE, n * PAGE)));
    return pages;
}

function addFrames(path, suite, id, dataKey, pages) { // frames of the generation in force, up to its last commit
    const wal = existsSync(path) ? readFileSync(path) : Buffer.alloc(0), key = derive(dataKey, 'hf vault wal v1');
    let open = new Map(), count = 0;
    for (let o = WAL_HEADER; o + FRAME <= wal.length; o += FRAME) {
        const offset = Buffer.alloc(8), frame = wal.subarray(o, o + FRAME);
        if (!frame.subarray(8, 16).equals(wal.subarray(16, 24))) break;
        offset.writeBigUInt64BE(BigInt(o));
        const aad = Buffer.concat([Buffer.from('HFE1\x02', 'latin1'), id, frame.subarray(0, 16), offset]);
        open.set(frame.readUInt32BE(0), unseal(suite, key, aad, frame.subarray(16)).subarray(8));
        count++;
        if (frame.readUInt32BE(4)) { for (const [n, page] of open) pages.set(n, page); open = new Map(); }
    }
    return count;
}

// SQLite's b-trees (sqlite.org/fileformat2.html): the rows of a table.
function varint(page, at) {
    let value = 0, i = 0;
    do value = value * 128 + (page[at + i] & 127); while (page[at + i++] & 128);
    return [value, at + i];
}

function* cells(pages, n) {
    const page = pages.get(n), at = n === 1 ? 100 : 0, isLeaf = page[at] === 13;
    for (let i = 0; i < page.readUInt16BE(at + 3); i++) {
        const cell = page.readUInt16BE(at + (isLeaf ? 8 : 12) + 2 * i);
        if (isLeaf) yield [page, varint(page, varint(page, cell)[1])[1]];
        else yield* cells(pages, page.readUInt32BE(cell));
    }
    if (!isLeaf) yield* cells(pages, page.readUInt32BE(at + 8));
}

function schemaRow(page, at) { // type, name, table, root page
    const types = [];
    let [size, next] = varint(page, at), body = at + size;
    while (types.length < 4) { let type; [type, next] = varint(page, next); types.push(type); }
    return types.map((type) => {
        const len = type >= 13 ? (type - 13) / 2 : type, bytes = page.subarray(body, body += len);
        return type >= 13 ? bytes.toString() : len ? bytes.readUIntBE(0, len) : 0;
    });
}

if (process.argv.length === 6) {
    const [path, suite, id, key] = [process.argv[2], Number(process.argv[3]), ...process.argv.slice(4).map((hex) => Buffer.from(hex, 'hex'))];
    const pages = readPages(path, suite, id, key), inFile = pages.size, frames = addFrames(path + '-wal', suite, id, key, pages);
    for (const [page, at] of cells(pages, 1)) {
        const [type, name, , root] = schemaRow(page, at);
        if (type === 'table') console.log(`${name} ${[...cells(pages, root)].length}`);
    }
    console.log(`${inFile} pages and ${frames} frames are authentic`);
}
