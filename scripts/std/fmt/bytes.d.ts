// Declarations of jsr:@std/fmt@1.0.10. Copyright the Deno authors, MIT licence.
export interface FormatOptions {
  bits?: boolean;
  binary?: boolean;
  signed?: boolean;
  locale?: boolean | string | string[];
  minimumFractionDigits?: number;
  maximumFractionDigits?: number;
}
export declare function format(num: number, options?: FormatOptions): string;
