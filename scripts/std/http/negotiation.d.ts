// Declarations of jsr:@std/http@1.1.1. Copyright the Deno authors, MIT licence.
export declare function accepts(request: Pick<Request, "headers">): string[];
export declare function accepts<T extends string = string>(
  request: Pick<Request, "headers">,
  ...types: T[]
): T | undefined;
export declare function acceptsEncodings(request: Pick<Request, "headers">): string[];
export declare function acceptsEncodings<T extends string = string>(
  request: Pick<Request, "headers">,
  ...encodings: T[]
): T | undefined;
export declare function acceptsLanguages(request: Pick<Request, "headers">): string[];
export declare function acceptsLanguages<T extends string = string>(
  request: Pick<Request, "headers">,
  ...langs: T[]
): T | undefined;
