// Declarations of jsr:@std/fmt@1.0.10. Copyright the Deno authors, MIT licence.
export interface FormatOptions {
  style?: "narrow" | "digital" | "full";
  ignoreZero?: boolean;
}
export declare function format(ms: number, options?: FormatOptions): string;
