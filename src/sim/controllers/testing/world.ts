import type { ApiObject } from '../../api/meta.ts';
import { API_SERVER } from '../../apiserver/messages.ts';
import { Kernel } from '../../kernel/kernel.ts';
import { CONTROLLER_MANAGER, controllerManagerOf } from '../controller-manager.ts';
import type { ControllerManagerState } from '../controller-manager.ts';
import type { Controller } from '../controller.ts';
import { fakeApi } from './fake-api.ts';
import type { Do, FakeApiArgs, FakeApiState } from './fake-api.ts';

/** kube-controller-manager with some controllers before the fake API server, for tests. */
export class FakeWorld {
  readonly kernel: Kernel;

  constructor(controllers: readonly Controller[], args: FakeApiArgs = {}, flags: Readonly<Record<string, string>> = { 'kube-api-qps': '200', 'kube-api-burst': '300' }) {
    this.kernel = new Kernel({ seed: 7, epochUs: 1_767_225_600_000_000, actors: [fakeApi, controllerManagerOf(controllers)] });
    this.kernel.spawn(API_SERVER, args, 0);
    this.kernel.spawn(CONTROLLER_MANAGER, { flags }, 0);
    this.run(1);
  }

  get api(): FakeApiState {
    return this.kernel.stateOf(API_SERVER) as FakeApiState;
  }

  get manager(): ControllerManagerState {
    return this.kernel.stateOf(CONTROLLER_MANAGER) as ControllerManagerState;
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs + seconds * 1_000_000, 2_000_000);
  }

  do(verb: Do['verb'], resource: string, object: ApiObject): void {
    const message: Do = { type: 'do', verb, resource, object };
    this.kernel.input(API_SERVER, message);
  }

  get<T extends ApiObject>(resource: string, name: string): T | undefined {
    return this.api.objects.get(`${resource}/default/${name}`) as T | undefined;
  }

  all<T extends ApiObject>(resource: string): readonly T[] {
    return [...this.api.objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object as T);
  }
}
