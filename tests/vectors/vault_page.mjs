// Computes vault_page.txt with Node alone:  node tests/vectors/vault_page.mjs > tests/vectors/vault_page.txt
// One sealed page a suite. Content of the page: byte i is (7 i + i div 256) mod 256. Keys are invented.
import {createHash} from 'node:crypto';
import {mainKey, pageAad, seal} from '../interop/vault_read.mjs';

const count = (from, len) => Buffer.from(Array.from({length: len}, (_, i) => from + i));
const dataKey = count(1, 32), id = count(100, 16), nonce = count(200, 24), number = 0x01020304;
const content = Buffer.from(Array.from({length: 4056}, (_, i) => (7 * i + (i >> 8)) % 256));

console.log('# suite, data key, database id, page number, SHA-256 of the sealed page, its first 32 bytes, its last 40');
for (const suite of [1, 2]) {
    const sealed = seal(suite, mainKey(dataKey), nonce, pageAad(id, number), content);
    console.log([suite, dataKey.toString('hex'), id.toString('hex'), number, createHash('sha256').update(sealed).digest('hex'),
                 sealed.subarray(0, 32).toString('hex'), sealed.subarray(4056).toString('hex')].join(' '));
}
