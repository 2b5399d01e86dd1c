// An invitation as a picture for the camera of another device. It is a secret: drawn once, here, and kept nowhere.
import { encode } from "uqr";
import { t } from "./strings";

export function QrCode(props: { text: string }) {
    const { data, size } = encode(props.text, { ecc: "M", border: 4 });
    const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
    return (
        <svg class="hf-qr" role="img" aria-label={t("invite.qr")} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
            <rect width={size} height={size} fill="#fff" />
            <path d={dark} fill="#000" />
        </svg>
    );
}
