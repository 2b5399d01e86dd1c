// Printing: what is folded on the screen is open on paper.
import { useEffect } from "preact/hooks";

/** Unfolds for the browser's own printing, too; gives what a button for printing does. */
export function usePaper(unfold: (printing: boolean) => void): () => void {
    useEffect(() => {
        const before = () => unfold(true);
        const after = () => unfold(false);
        addEventListener("beforeprint", before);
        addEventListener("afterprint", after);
        return () => {
            removeEventListener("beforeprint", before);
            removeEventListener("afterprint", after);
        };
    }, []);
    return () => {
        unfold(true);
        requestAnimationFrame(() => requestAnimationFrame(() => print())); // once it is drawn
    };
}
