// Hands a text to the person as a file. It goes to where the browser keeps downloads, unencrypted: pages say so before.
export function download(name: string, type: string, text: string): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Bytes of whatever kind: without a type, so that no browser shows them instead of keeping them. */
export function downloadBytes(name: string, parts: BlobPart[]): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
