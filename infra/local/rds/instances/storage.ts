import { AwsFault } from '../../gateway/service.ts';

/** Throws when storage would shrink, or grow by less than 10%. */
export function checkStorage(presentGiB: number, wantedGiB: number): void {
  if (wantedGiB === presentGiB) return;
  if (wantedGiB < presentGiB * 1.1) {
    throw new AwsFault(
      'InvalidParameterCombination',
      `Invalid storage size: ${wantedGiB} GiB. It must be ${presentGiB} GiB, or larger by at least 10%.`,
    );
  }
}
