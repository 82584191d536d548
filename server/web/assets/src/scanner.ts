// Reads a QR code from a camera. It is far larger than the rest of the counter, and loaded when scanning begins.
import { BrowserQRCodeReader } from "@zxing/library";

declare global {
  interface Window {
    QrReader?: typeof BrowserQRCodeReader;
  }
}

window.QrReader = BrowserQRCodeReader;
