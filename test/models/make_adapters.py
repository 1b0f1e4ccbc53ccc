"""
Writes the fixtures of adapters.test.ts: adapters as peft saves them, over the checkpoints that make.py wrote, and layers as tltorch saves
them, with what each computes in f64. Run: python test/models/make_adapters.py (peft, tltorch, transformers 5). The test needs none of them.
"""
import json, os, shutil
import torch
from safetensors.torch import save_file
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
import tltorch

HERE = os.path.dirname(os.path.abspath(__file__))


def filled(model, seed, names):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if any(part in name for part in names):
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)


def adapter(name, base, load, config, inputs, extra=()):
    folder = os.path.join(HERE, 'adapters', name)
    shutil.rmtree(folder, ignore_errors=True)
    model = get_peft_model(load.from_pretrained(os.path.join(HERE, 'fixtures', base)), config)
    filled(model, 7, ('lora_', *extra))
    model.eval()
    model.save_pretrained(folder)
    with torch.no_grad():
        logits = model.double()(**inputs).logits
    path = os.path.join(folder, 'adapter_config.json')
    said = json.load(open(path))
    said['base_model_name_or_path'] = f'../../fixtures/{base}'
    json.dump({k: v for k, v in said.items() if v is not None}, open(path, 'w'), indent=1, sort_keys=True)
    if os.path.exists(os.path.join(folder, 'README.md')):
        os.remove(os.path.join(folder, 'README.md'))
    save_file({'ids': inputs['input_ids'].to(torch.int32), 'logits': logits.contiguous()}, os.path.join(folder, 'expected.safetensors'))
    print(name, float(logits.abs().max()), os.listdir(folder))


def layer(name, **options):
    folder = os.path.join(HERE, 'adapters', name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    torch.manual_seed(3)
    made = tltorch.FactorizedLinear(in_tensorized_features=(4, 4, 2), out_tensorized_features=(2, 4, 8), bias=True, **options).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(0, 0.5)
        x = torch.randn(3, 32, dtype=torch.float64)
        y = made(x)
    save_file({f'fc.{key}': value.contiguous() for key, value in made.state_dict().items()}, os.path.join(folder, 'cores.safetensors'))
    save_file({'x': x, 'y': y.contiguous()}, os.path.join(folder, 'expected.safetensors'))
    print(name, {key: tuple(value.shape) for key, value in made.state_dict().items()})


ids = torch.randint(3, 41, (2, 6), generator=torch.Generator().manual_seed(1))
adapter('gpt2', 'gpt2', AutoModelForCausalLM,
    LoraConfig(r=3, lora_alpha=6, target_modules=['c_attn', 'c_fc'], fan_in_fan_out=True, lora_dropout=0.1, task_type='CAUSAL_LM'), dict(input_ids=ids))
adapter('bert-classes', 'bert-classes', AutoModelForSequenceClassification,
    LoraConfig(r=2, lora_alpha=8, use_rslora=True, target_modules=['query', 'value', 'word_embeddings'], rank_pattern={'layer.1.attention.self.value': 4},
        modules_to_save=['classifier'], task_type='SEQ_CLS'), dict(input_ids=ids, attention_mask=torch.ones_like(ids)), ('modules_to_save',))
layer('tltorch-blocktt', factorization='blocktt', rank=(1, 3, 4, 1))
layer('tltorch-cp', factorization='cp', rank=5)
layer('tltorch-tucker', factorization='tucker', rank=(2, 3, 4, 3, 2, 2))
