/** A grey pixel: the stack draws no graphs, and any valid PNG shows that a picture got where it belongs. */
export const PICTURE_PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
